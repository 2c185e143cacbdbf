"""Fans events out to connections."""
