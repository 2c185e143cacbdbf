"""With what: one adapter per port, in a file named as the port."""
