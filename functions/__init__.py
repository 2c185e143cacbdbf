"""The Lambda entry points: decode, one call, answer."""
