"""A lease: what one invocation holds of a row while it works, and until when it may."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lease:
    owner: str
    """Names the invocation. A write that was carried out and answered too late is recognised by it."""
    until: float
    """When the invocation's time is over, in seconds since the epoch. Lambda stops it then."""
