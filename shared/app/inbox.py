"""`inbox` and `seen`: what is in a user's inbox, and how far the user has seen it."""

import json
from collections.abc import Sequence

from shared.app.ports import Ports
from shared.app.ports.admission import Admitted
from shared.app.ports.inbox import Item, Standing
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.deliveries import DirectPost
from shared.domain.envelope import Envelope, reply
from shared.domain.grants import why_not
from shared.domain.limits import ANSWER_BYTES
from shared.domain.messages import ClientMessage, no_user

# What one message may make us read: expired items, and those that the connection may not hear, included.
ITEMS_LOOKED_AT = 300


def page(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
    """The newest items before a number. Raises ClientError."""
    connection = admitted.connection
    user_id = _user_of(connection, message)
    standing = ports.inbox.standing(user_id)
    found, after = _heard(ports, connection, user_id, message, now)
    told = _that_fit(found[: message.limit])
    if len(told) < len(found):
        after = told[-1].number
    data = {
        "items": [json.loads(one.envelope) for one in told],
        "unseen": unseen(ports, user_id, standing, now=now),
        "last": standing.last,
        "more": after is not None,
    }
    if after is not None:
        data["through"] = after
    return reply(envelope.INBOX, data, now=now, request_id=message.request_id)


def see(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
    """Move the user's cursor forward and tell the user's other devices. Raises ClientError."""
    connection = admitted.connection
    user_id = _user_of(connection, message)
    standing = ports.inbox.see(user_id, message.inbox)
    left = unseen(ports, user_id, standing, now=now)
    data = {"inbox": standing.seen, "unseen": left, "last": standing.last}
    # Told again when it is asked again: an invocation may have died between the write and this.
    if min(message.inbox, standing.last) == standing.seen:
        _tell_others(ports, connection, user_id, reply(envelope.SEEN, data, now=now), now)
    return reply(envelope.SEEN, data, now=now, request_id=message.request_id)


def _heard(
    ports: Ports, connection: Connection, user_id: str, message: ClientMessage, now: float
) -> tuple[list[Item], int | None]:
    """One more than asked for, where there is one, and the number to go on before; None at the end."""
    found: list[Item] = []
    before, looked_at = message.before, 0
    while True:
        limit = message.limit + 1 - len(found)
        items, after = ports.inbox.page(user_id, before=before, limit=limit, now=now)
        found += [one for one in items if why_not(connection, one.channel, ports.catalog) is None]
        looked_at += limit
        if after is None or len(found) > message.limit or looked_at >= ITEMS_LOOKED_AT:
            return found, after
        before = after


def _tell_others(ports: Ports, connection: Connection, user_id: str, told: Envelope, now: float) -> None:
    devices = ports.subscribers.of_user(user_id, now=now)
    others = [one for one in devices if one.connection_id != connection.connection_id]
    if others:
        ports.queue.put(DirectPost.to(others, event_id=f"seen:{user_id}", message=told.to_json()))


def unseen(ports: Ports, user_id: str, standing: Standing, *, now: float) -> int:
    """How many items are above the cursor. Nothing is asked when there can be none."""
    if standing.seen >= standing.last:
        return 0
    return ports.inbox.count(user_id, above=standing.seen, now=now)


def _user_of(connection: Connection, message: ClientMessage) -> str:
    if connection.user_id is None:
        raise no_user(message.request_id)
    return connection.user_id


def _that_fit(items: Sequence[Item]) -> Sequence[Item]:
    """As many as one answer holds, at least one."""
    size_bytes = 0
    for number, one in enumerate(items):
        size_bytes += len(one.envelope.encode())
        if number and size_bytes > ANSWER_BYTES:
            return items[:number]
    return items
