"""$connect: registers the connection."""
