"""What clients hear of streams: where they stand, and what is kept of them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.app import remembered_rows
from shared.app.inbox import unseen
from shared.app.ports import Ports
from shared.app.ports.inbox import Standing
from shared.domain.connection import Connection
from shared.domain.errors import ClientError, ErrorCode
from shared.domain.grants import why_not
from shared.domain.history import Answer, answer, answer_back, most_events
from shared.domain.messages import ClientMessage, no_such_stream
from shared.domain.streams import (
    HEAD_SECONDS,
    MINE,
    Head,
    LogRow,
    channel_keep_seconds,
    channel_stream,
    is_whole,
    user_keep_seconds,
    user_stream,
)

# Each time, another writer or reader was quicker.
TRIES = 5


def heads(ports: Ports) -> dict[str, int]:
    """The last offset of each channel without parameters that has one."""
    kept = {channel_stream(one): one for one in _kept(ports, ports.catalog.channels)}
    # Whoever is told too little hears it with the next ping.
    found = ports.streams.heads(list(kept), latest=False)
    return {kept[stream]: head.offset for stream, head in found.items()}


def of_welcome(ports: Ports, connection: Connection) -> dict[str, Any]:
    """Where its streams stand and, for a user, the inbox. The inbox is not read where all is seen."""
    user_id = connection.user_id
    heads = _heads_of(ports, connection.channels, user_id)
    said: dict[str, Any] = {"streams": _told(ports, heads, connection.channels, user_id)}
    if user_id is not None:
        head = heads.get(user_stream(user_id))
        standing = Standing(0, 0) if head is None else Standing(head.inbox, head.seen)
        left = unseen(ports, user_id, standing, now=ports.clock.now())
        said["inbox"] = {"last": standing.last, "unseen": left}
    return said


def positions(ports: Ports, channels: Iterable[str], user_id: str | None) -> dict[str, Any]:
    """Where the streams stand that somebody on these channels hears."""
    return _told(ports, _heads_of(ports, channels, user_id), channels, user_id)


def _heads_of(ports: Ports, channels: Iterable[str], user_id: str | None) -> Mapping[str, Head]:
    kept = _kept(ports, ports.catalog.listed(channels))
    wanted = {channel_stream(one): channel_keep_seconds(ports.catalog, one) for one in kept}
    if user_id is not None:
        wanted[user_stream(user_id)] = user_keep_seconds(ports.catalog)
    return _in_use(ports, {stream: seconds for stream, seconds in wanted.items() if seconds})


def _told(
    ports: Ports, heads: Mapping[str, Head], channels: Iterable[str], user_id: str | None
) -> dict[str, Any]:
    kept = _kept(ports, ports.catalog.listed(channels))
    said: dict[str, Any] = {one: _position(heads[channel_stream(one)]) for one in kept}
    if user_id is not None and user_stream(user_id) in heads:
        head = heads[user_stream(user_id)]
        said[MINE] = {**_position(head), "channels": {one: head.last_of(one) for one in kept}}
    return said


def history(ports: Ports, asked: ClientMessage, connection: Connection) -> dict[str, Any]:
    """What is told of a stream. Raises ClientError."""
    stream, row_seconds = _stream_of(ports, asked, connection)
    most, mine = most_events(asked), asked.stream == MINE

    def keep_seconds(channel: str) -> int | None:
        heard = not mine or (channel in connection.channels and _may_hear(ports, connection, channel))
        return channel_keep_seconds(ports.catalog, channel) if heard else None

    for _ in range(TRIES):
        head = _in_use(ports, {stream: row_seconds})[stream]
        if asked.before:
            rows = ports.streams.read_back(stream, before=asked.before, limit=most)
            now = ports.clock.now()
            return _data(asked, head, answer_back(head, rows, asked, now=now, keep_seconds=keep_seconds))
        # One more: the row at the position, which proves how young the others are.
        rows = _rows(ports, stream, head, after=asked.after, limit=most + 1)
        told = answer(
            head,
            rows,
            asked,
            now=ports.clock.now(),
            keep_seconds=keep_seconds,
            row_seconds=row_seconds,
        )
        if all(ports.streams.write(stream, hole) for hole in told.holes):
            return _data(asked, head, told)
    raise ClientError(
        ErrorCode.INTERNAL_ERROR,
        "The stream kept changing. Please ask again.",
        request_id=asked.request_id,
    )


def _rows(ports: Ports, stream: str, head: Head, *, after: int, limit: int) -> Sequence[LogRow]:
    """What a user forgets is not remembered here."""
    if not stream.startswith("channel#"):
        return ports.streams.read(stream, after=after, until=head.offset, limit=limit)
    return remembered_rows.read(ports, stream, head, after=after, limit=limit)


def _stream_of(ports: Ports, asked: ClientMessage, connection: Connection) -> tuple[str, int]:
    """The stream's name in the table, and how long it keeps rows. Raises ClientError.

    What is not there, what has no memory and what is not the connection's are answered in the same words.
    """
    if asked.stream == MINE and connection.user_id is not None:
        stream, row_seconds = user_stream(connection.user_id), user_keep_seconds(ports.catalog)
    else:
        stream = channel_stream(asked.stream)
        heard = _may_hear(ports, connection, asked.stream)
        row_seconds = channel_keep_seconds(ports.catalog, asked.stream) if heard else 0
    if not row_seconds:
        raise no_such_stream(asked.stream, request_id=asked.request_id)
    return stream, row_seconds


def _in_use(ports: Ports, wanted: Mapping[str, int]) -> dict[str, Head]:
    """The heads of streams, given with how long they keep rows: made, or made to stay, where need be."""
    now, found = ports.clock.now(), dict(ports.streams.heads(list(wanted)))
    for stream, keep_seconds in wanted.items():
        head = found.get(stream)
        if head is None or head.expires_at < now + keep_seconds + HEAD_SECONDS / 2:
            head = ports.streams.use(stream, now=now, keep_seconds=keep_seconds)
        if not is_whole(head, ports.catalog):
            head = ports.streams.make_anew(stream, head.epoch, now=now, keep_seconds=keep_seconds)
        found[stream] = head
    return found


def _may_hear(ports: Ports, connection: Connection, channel: str) -> bool:
    return why_not(connection, channel, ports.catalog) is None


def _kept(ports: Ports, channels: Iterable[str]) -> list[str]:
    return [one for one in channels if channel_keep_seconds(ports.catalog, one)]


def _position(head: Head) -> dict[str, Any]:
    return {"epoch": head.epoch, "offset": head.offset}


def _data(asked: ClientMessage, head: Head, told: Answer) -> dict[str, Any]:
    data: dict[str, Any] = {
        "stream": asked.stream,
        "epoch": head.epoch,
        "events": [json.loads(one) for one in told.events],
        "through": told.through,
        "head": head.offset,
        "more": told.more,
    }
    if not asked.before:
        data["recovered"] = told.reason is None
    if told.reason is not None:
        data["reason"] = told.reason
    if told.retry_after_seconds is not None:
        data["settling"] = {"retry_after_seconds": told.retry_after_seconds}
    return data
