"""What became of an event, and who has not got it yet."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console

from ops.rows import EventRow, connections_of, event_of, has, owners_of, seen_until, unseen_look
from ops.stage import FAILURE_QUEUES, Stage
from ops.waiting import Waiting, peek

# So many connections are named.
NAMED = 20


def why(stage: Stage, event_id: str, user_id: str | None, *, console: Console) -> int:
    """Returns 0 when something is known of the event."""
    row = event_of(stage, event_id)
    kept = list(_kept(stage, event_id))
    console.print(f"[bold]{event_id}[/]")
    for line in told(row) if row else ["no row: it was never claimed, or it is older than 25 hours"]:
        console.print(f"  {line}")
    for queue, message in kept:
        content = message.content
        reasons = "; ".join(content.get("reasons", ())) if isinstance(content, dict) else ""
        console.print(f"  it waits in {queue}{': ' + reasons if reasons else ''}")
        for line in _named(stage, [(one, "never got it") for one in _given_up(content)]):
            console.print(f"  {line}")
    if not row and not kept:
        console.print(
            "  it is in no failure queue either: was it put on this bus, and is its source listened to?"
        )
    for line in who_waits(stage, row) if row else ():
        console.print(f"  {line}")
    user_id = user_id or (_user_of(stage, row) if row else None)
    if user_id is not None:
        memory = in_memory(stage, row, user_id) if row else ()
        for line in (*memory, *about_user(stage, user_id)):
            console.print(f"  {line}")
    elif row and row.inbox is not None:
        console.print(
            f"  it is number {row.inbox} in its user's inbox; name the user to hear whether it was seen"
        )
    return 0 if row or kept else 1


def told(row: EventRow) -> Iterator[str]:
    counts = ", ".join(f"{count} {name}" for name, count in row.counts.items() if count or name == "matched")
    if row.finished:
        yield f"went out: {counts}"
    elif row.lease_until is not None and row.lease_until > time.time():
        left = row.lease_until - time.time()
        yield f"is being sent by a publisher, which has it for {left:.0f} s more: {counts}"
    else:
        yield f"was begun and is not finished; its delivery comes again by itself: {counts}"
    if row.parts > 1:
        yield f"in {row.parts} parts, {row.outstanding} outstanding"
    if row.finished and not row.counts["matched"]:
        yield "nobody who was connected had subscribed to its channel"
    if row.offset is not None:
        after = f", after {row.previous}" if row.previous else ""
        yield f"it is kept at offset {row.offset} of its stream{after}"
    if row.first_delivered_at is not None and row.last_delivered_at is not None:
        first, last = _moment(row.first_delivered_at), _moment(row.last_delivered_at)
        yield f"the first post was delivered at {first}, the last one at {last}"
    if row.seconds is not None:
        yield f"{row.seconds:.3f} s from the producer to the last post"
    if costs := [f"{value:g} {name.replace('_', ' ')}" for name, value in row.costs.items() if value]:
        yield f"it took {', '.join(costs)}"
    for name, value in row.other.items():
        yield f"{name}: {value}"


def who_waits(stage: Stage, row: EventRow) -> Iterator[str]:
    """The connections that have not got it yet, as far as its rows name them."""
    targets = []
    for one in row.waiting:
        last = "the last post met a 429" if one.throttled else "the last post did not arrive"
        runs = "one run" if one.runs == 1 else f"{one.runs} runs"
        targets.append((one.connection_id, f"has not got it yet: tried by {runs}, {last}"))
    yield from _named(stage, targets)
    if not row.read_to_end:
        yield "its audience is not read to the end: who else waits for it is not known yet"


def _named(stage: Stage, targets: Sequence[tuple[str, str]]) -> Iterator[str]:
    """What is said of each connection, with whose it is."""
    if not targets:
        return
    owners = owners_of(stage, [connection_id for connection_id, _ in targets[:NAMED]])
    for connection_id, said in targets[:NAMED]:
        owner = owners.get(connection_id)
        if owner is None:
            yield f"{connection_id} {said}; its row is gone"
        else:
            whose = "" if owner.user_id is None else f" of {owner.user_id}"
            yield f"{connection_id}{whose} {said}{'' if owner.greeted else '; not welcomed yet'}"
    if len(targets) > NAMED:
        yield f"and {len(targets) - NAMED} more connections"


def _given_up(content: Any) -> list[str]:
    """The connections that a rejection names."""
    inner = content.get("content") if isinstance(content, dict) else None
    targets = inner.get("targets", ()) if isinstance(inner, dict) else ()
    return [one["connection_id"] for one in targets]


def _user_of(stage: Stage, row: EventRow) -> str | None:
    """Whose inbox it is in, where its rows or its plan tell: the event's own row does not name its user."""
    if row.inbox is None:
        return None
    if look := unseen_look(stage, row.event_id):
        return look[0]
    owners = owners_of(stage, [one.connection_id for one in row.waiting[:NAMED]])
    return next((one.user_id for one in owners.values()), None)


def in_memory(stage: Stage, row: EventRow, user_id: str) -> Iterator[str]:
    """Whether it is kept for this user, and was seen."""
    if row.offset is not None:
        if has(stage, f"user#{user_id}", row.offset, row.event_id):
            yield f"{user_id}'s own stream (@me) has it at offset {row.offset}"
        else:
            yield f"{user_id}'s own stream (@me) does not have it: it was for others, or is not kept any more"
    if row.inbox is not None and has(stage, f"inbox#{user_id}", row.inbox, row.event_id):
        seen = "was seen" if row.inbox <= seen_until(stage, user_id) else "was not seen yet"
        yield f"it is number {row.inbox} in {user_id}'s inbox, and {seen}"
        yield from _unseen(stage, row)
    else:
        yield f"it is not in {user_id}'s inbox"


def _unseen(stage: Stage, row: EventRow) -> Iterator[str]:
    look = unseen_look(stage, row.event_id)
    if look is not None:
        yield f"whether it was seen is looked at {_moment(look[1])}; if not, delivery.unseen goes on the bus"
    elif (bus := event_of(stage, f"unseen:{row.event_id}")) and bus.finished:
        yield "it was not seen in time: delivery.unseen was put on the bus"


def about_user(stage: Stage, user_id: str) -> Iterator[str]:
    connections = connections_of(stage, user_id)
    if not connections:
        yield f"{user_id} is not connected now"
    for one in connections:
        channels = ", ".join(one.channels) or "nothing"
        yield f"{user_id} is connected as {one.connection_id} and hears {channels}"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _kept(stage: Stage, event_id: str) -> Iterator[tuple[str, Waiting]]:
    for queue in FAILURE_QUEUES:
        for message in peek(stage, queue):
            if json.dumps(event_id)[1:-1] in message.body:
                yield queue, message
