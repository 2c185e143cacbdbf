"""A stream's rows in the events table: the head at offset 0, and what was sent at each offset after it."""

import json
import math
from typing import Any

from shared.aws.conditions import Item
from shared.domain.streams import Head, LogRow

# The moments at which the last offsets were taken: each take moves them on by one.
MOMENTS = ("at", "at_1", "at_2", "at_3")
# Before the name of a channel: its last offset in a user's stream.
LAST = "last#"


def key_of(stream: str, offset: int) -> dict[str, Any]:
    return {"stream": {"S": stream}, "offset": {"N": str(offset)}}


def head_of(row: Item) -> Head:
    offset = int(row["head"]["N"])
    moments = [float(row[one]["N"]) for one in MOMENTS if one in row]
    last = {name.removeprefix(LAST): int(value["N"]) for name, value in row.items() if name.startswith(LAST)}
    last_of_others = _number(row, "last_of_others")
    previous = _number(row, "previous") or last_of_others if "previous" in row else max(offset - 1, 0)
    return Head(
        epoch=row["epoch"]["S"],
        offset=offset,
        previous=previous,
        made_at=float(row["made_at"]["N"]),
        taken_at=tuple(one for one in moments if one),
        least_keep_seconds=int(row["least_keep"]["N"]),
        expires_at=float(row["expires_at"]["N"]),
        last=last,
        last_of_others=last_of_others,
        inbox=_number(row, "inbox"),
        seen=_number(row, "seen"),
        not_kept=frozenset(row.get("not_kept", {}).get("SS", ())),
    )


def _number(row: Item, name: str) -> int:
    return int(row[name]["N"]) if name in row else 0


def item_of(stream: str, row: LogRow) -> dict[str, Any]:
    at, *before = row.taken_at
    return {
        **key_of(stream, row.offset),
        "epoch": {"S": row.epoch},
        "id": {"S": row.event_id},
        "channel": {"S": row.channel},
        "envelope": {"S": row.envelope},
        "at": {"N": str(at)},
        # Whole seconds, never later than they were.
        "before": {"S": json.dumps([int(one) for one in before], separators=(",", ":"))},
        "expires_at": {"N": str(math.ceil(row.expires_at))},
    }


def log_row_of(row: Item) -> LogRow:
    return LogRow(
        offset=int(row["offset"]["N"]),
        epoch=row["epoch"]["S"],
        event_id=row["id"]["S"],
        channel=row["channel"]["S"],
        envelope=row["envelope"]["S"],
        taken_at=(float(row["at"]["N"]), *json.loads(row["before"]["S"])),
        expires_at=float(row["expires_at"]["N"]),
    )


def is_barred(there: Item, hole: LogRow) -> bool:
    """A hole where nobody of its epoch can write: a row of a larger one is there, and needs no filling."""
    return not hole.envelope and there["epoch"]["S"] > hole.epoch


def is_same(there: Item, row: LogRow) -> bool:
    return (there["epoch"], there["id"]) == ({"S": row.epoch}, {"S": row.event_id})
