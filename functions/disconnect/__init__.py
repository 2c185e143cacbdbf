"""$disconnect: removes the connection."""
