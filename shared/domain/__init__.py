"""What is said and decided. Pure: no clock, environment, log, network or randomness in here."""
