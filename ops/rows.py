"""How the tables' rows are read: the one module of ops that knows their attributes."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ops.stage import Stage

Row = Mapping[str, Any]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_KEYS = 100
# API Gateway ends every connection after two hours; its row stays a little longer.
CONNECTION_SECONDS = 2 * 60 * 60
DUE_SHARDS = 8
# What it took to send an event.
COSTS = ("retries", "posts_throttled", "read_units")
# What else a receipt holds besides counts of connections.
NO_COUNTS = {
    *COSTS,
    "parts",
    "published_at",
    "first_delivered_at",
    "last_delivered_at",
    "offset",
    "previous",
    "inbox",
}


@dataclass(frozen=True, kw_only=True)
class ConnectionRow:
    connection_id: str
    channels: tuple[str, ...]
    connected_at: float
    ends_at: float
    known: bool
    """False: only the row in the user's topic is left."""


class WaitingTarget(NamedTuple):
    """A connection that an event waits for: it is tried again."""

    connection_id: str
    connected_at: float
    runs: int
    """How many invocations have tried it."""
    throttled: bool
    """Whether the last post was answered with 429."""


class Owner(NamedTuple):
    """Whose connection it is."""

    user_id: str | None
    greeted: bool
    """Whether its welcome has arrived."""


@dataclass(frozen=True, kw_only=True)
class EventRow:
    """What is known of an event, its parts added up."""

    event_id: str
    finished: bool
    lease_until: float | None
    parts: int
    outstanding: int
    counts: Mapping[str, int]
    """Of connections, by what became of them."""
    costs: Mapping[str, float]
    waiting: Sequence[WaitingTarget] = ()
    read_to_end: bool = True
    """Whether all of its audience was read: else more connections may wait than are known."""
    published_at: float | None = None
    first_delivered_at: float | None = None
    last_delivered_at: float | None = None
    offset: int | None = None
    """Where it stands in its stream."""
    previous: int | None = None
    """The offset before it in the same channel."""
    inbox: int | None = None
    """Its number in the inbox of the user it was for."""
    other: Mapping[str, str] = field(default_factory=dict)
    """Attributes of the event's own row that this module has no words for."""

    @property
    def seconds(self) -> float | None:
        if self.published_at is None or self.last_delivered_at is None:
            return None
        return max(0.0, self.last_delivered_at - self.published_at)


def connections_of(stage: Stage, user_id: str) -> list[ConnectionRow]:
    """A user's live connections, oldest first."""
    rows = _query(stage, "Subscriptions", "topic_shard", f"@user:{user_id}#0")
    now = time.time()
    live = [row for row in rows if _number(row, "expires_at") > now]
    known = {row["connection_id"]["S"]: row for row in _connections(stage, live)}
    found = [
        ConnectionRow(
            connection_id=(connection_id := row["connection_id"]["S"]),
            channels=tuple(sorted(known.get(connection_id, {}).get("channels", {}).get("SS", ()))),
            connected_at=_number(row, "connected_at"),
            ends_at=min(_number(row, "expires_at"), _number(row, "connected_at") + CONNECTION_SECONDS),
            known=connection_id in known,
        )
        for row in live
    ]
    return sorted(found, key=lambda one: one.connected_at)


def event_of(stage: Stage, event_id: str) -> EventRow | None:
    rows = list(_query(stage, "Events", "stream", f"event#{event_id}"))
    if not rows:
        return None
    receipts = [_receipt(row) for row in rows]
    handed = int(sum(receipt.get("parts", 0) for receipt in receipts))
    names = dict.fromkeys(name for receipt in receipts for name in receipt if name not in NO_COUNTS)
    first = rows[0]
    # Of each unfinished part: [what is not read yet, targets that wait, what is about to be divided].
    progresses = [json.loads(row["progress"]["S"]) for row in rows if "progress" in row]
    finished = sum("finished" in row for row in rows)
    return EventRow(
        event_id=event_id,
        finished="finished" in first,
        lease_until=_number(first, "lease_until") if "lease_until" in first else None,
        parts=handed + 1,
        outstanding=max(handed + 1, len(rows)) - finished,
        counts={name: int(sum(receipt.get(name, 0) for receipt in receipts)) for name in names},
        costs={name: sum(receipt.get(name, 0.0) for receipt in receipts) for name in COSTS},
        waiting=[WaitingTarget(*one[:_WAITING]) for progress in progresses for one in progress[1]],
        # A part that did not begin has no row yet.
        read_to_end=handed < len(rows) and not any(places or left for places, _, left, *_ in progresses),
        published_at=max((receipt.get("published_at", 0.0) for receipt in receipts), default=0.0) or None,
        first_delivered_at=min(
            (receipt["first_delivered_at"] for receipt in receipts if "first_delivered_at" in receipt),
            default=None,
        ),
        last_delivered_at=max(receipt.get("last_delivered_at", 0.0) for receipt in receipts) or None,
        offset=int(receipts[0].get("offset", 0)) or None,
        previous=int(receipts[0].get("previous", 0)) or None,
        inbox=int(receipts[0].get("inbox", 0)) or None,
        other={name: _text(value) for name, value in first.items() if name not in _KNOWN},
    )


def owners_of(stage: Stage, connection_ids: Sequence[str]) -> dict[str, Owner]:
    """Of those connections whose row is there."""
    rows = _connections(stage, [{"connection_id": {"S": one}} for one in dict.fromkeys(connection_ids)])
    return {
        row["connection_id"]["S"]: Owner(row.get("user_id", {}).get("S"), "welcomed" in row) for row in rows
    }


def has(stage: Stage, stream: str, offset: int, event_id: str) -> bool:
    """Whether this event is kept at this offset of a stream, or under this number of an inbox."""
    row = next(_query(stage, "Events", "stream", stream, offset=offset), None)
    if row is None or _number(row, "expires_at") <= time.time():
        return False
    return bool(json.loads(row["envelope"]["S"] or "{}").get("id") == event_id)


def seen_until(stage: Stage, user_id: str) -> int:
    """The number up to which a user's inbox was seen."""
    head = next(_query(stage, "Events", "stream", f"user#{user_id}", offset=0), {})
    return int(_number(head, "seen")) if "seen" in head else 0


def unseen_look(stage: Stage, event_id: str) -> tuple[str, float] | None:
    """Whether its user has seen it is looked at later: for whom, and when."""
    row = next(_query(stage, "Schedule", "schedule_key", f"unseen:{event_id}"), None)
    if row is None or "due_at" not in row:
        return None
    return row["user_id"]["S"], _number(row, "due_at")


def planned_to_come(stage: Stage) -> int:
    """Messages in the due index: planned, and not on the queue yet. Counted by Query, never by Scan."""
    table, total = stage.tables["Schedule"], 0
    for shard in range(DUE_SHARDS):
        pages = stage.dynamodb.get_paginator("query").paginate(
            TableName=table,
            IndexName="due",
            KeyConditionExpression="due_shard = :shard",
            ExpressionAttributeValues={":shard": {"S": f"due#{shard}"}},
            Select="COUNT",
        )
        total += sum(page["Count"] for page in pages)
    return total


_WAITING = len(WaitingTarget._fields)
_KNOWN = {
    "stream",
    "offset",
    "finished",
    "lease_until",
    "lease_owner",
    "claims",
    "claimed_at",
    "expires_at",
    "receipt",
    "progress",
}


def _query(stage: Stage, table: str, key: str, value: str, *, offset: int | None = None) -> Iterator[Row]:
    condition, names, values = "#key = :value", {"#key": key}, {":value": {"S": value}}
    if offset is not None:
        condition += " AND #offset = :offset"
        names["#offset"], values[":offset"] = "offset", {"N": str(offset)}
    pages = stage.dynamodb.get_paginator("query").paginate(
        TableName=stage.tables[table],
        KeyConditionExpression=condition,
        ExpressionAttributeNames=names,
        ExpressionAttributeValues=values,
        ConsistentRead=True,
    )
    for page in pages:
        yield from page["Items"]


def _connections(stage: Stage, rows: Sequence[Row]) -> Iterator[Row]:
    keys = [{"connection_id": row["connection_id"]} for row in rows]
    table = stage.tables["Connections"]
    for start in range(0, len(keys), BATCH_KEYS):
        asked = {table: {"Keys": keys[start : start + BATCH_KEYS], "ConsistentRead": True}}
        yield from stage.dynamodb.batch_get_item(RequestItems=asked)["Responses"].get(table, [])


def _receipt(row: Row) -> dict[str, float]:
    return {name: float(value["N"]) for name, value in row.get("receipt", {}).get("M", {}).items()}


def _number(row: Row, name: str) -> float:
    return float(row[name]["N"])


def _text(value: Mapping[str, Any]) -> str:
    (inner,) = value.values()
    return inner if isinstance(inner, str) else json.dumps(inner, default=str)
