"""One adapter for each port, in a file of the same name."""
