"""The rules and the messages. Pure: no clock, environment, log, network or randomness in here."""
