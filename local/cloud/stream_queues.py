"""What the queue is called over which a function gets the stream records of a table."""

from local.cloud.identities import short_id


def prefix_of(table: str) -> str:
    return f"stream-{short_id(table)}-"


def queue_name(table: str, mapping: str) -> str:
    """`mapping`: the logical id of the event source mapping."""
    return f"{prefix_of(table)}{mapping}"[:80]
