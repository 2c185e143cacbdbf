"""Memory: who follows the streams gets everything once, and is told the truth about it."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.following import Following, Told, stream_name
from simulation.invariants.questions import kept_ids

if TYPE_CHECKING:
    from simulation.clients import Client
    from simulation.world import World

OWN = "@me"
KEEP_SECONDS = 24 * 60 * 60
# shared/domain/history.py: how far clocks may differ, and what a row may be late.
DOUBT_SECONDS = 61.0


class Row(NamedTuple):
    epoch: str
    offset: int
    event_id: str
    """Empty: a hole that a reader has filled."""
    channel: str
    at: float


def nothing_missed(world: "World") -> Iterator[str]:
    """Every event since the first welcome was handed over to who follows the streams, or was told lost."""
    kept, rows = kept_ids(world), log_rows(world)
    for client, following in _followers(world):
        if not client.is_connected or client.connection is None or not client.connection.welcomes:
            continue
        for sent in world.producers.sent.values():
            stream = OWN if sent.user is not None else sent.channel
            if (
                sent.user in (None, client.user)
                and sent.key is None
                and sent.event_id not in kept
                and _is_owed(following, stream, sent.channel, sent.at)
                and not following.handed[sent.event_id]
            ):
                yield f"{client.name} never got {sent.event_id} ({sent.type}), sent in {stream}"
        for stream in (OWN, *following.since):
            for row in rows.get(stream_name(stream, client.user), ()):
                if (
                    row.event_id
                    and row.event_id not in kept
                    and _is_owed(following, stream, row.channel, row.at - 1)
                    and not following.handed[row.event_id]
                ):
                    yield f"{client.name} never got {row.event_id}, kept in {stream} at {row.offset}"


def handed_once(world: "World") -> Iterator[str]:
    """Nothing is handed over twice, whether it was heard or read."""
    for client, following in _followers(world):
        for event_id, times in following.handed.items():
            if times > 1:
                yield f"{client.name} was given {event_id} {times} times"


def recovered_is_true(world: "World") -> Iterator[str]:
    """No answer says `recovered` and leaves out an event that lies in its range, or comes into it later."""
    rows = log_rows(world)
    for client, following in _followers(world):
        for told in following.told:
            if told.reason:
                continue
            for row in rows.get(stream_name(told.stream, client.user), ()):
                if _is_in(row, told) and row.offset <= told.through and row.offset not in told.offsets:
                    where = f"{told.stream} after {told.after} through {told.through}"
                    yield f"{client.name} was told all of {where}, without {row.event_id} at {row.offset}"


def lost_only_where_it_must(world: "World") -> Iterator[str]:
    """`state lost` is told only when the stream was made anew, or what is missing is older than `keep`."""
    rows = log_rows(world)
    for client, following in _followers(world):
        expired = {(told.at, told.stream): told for told in following.told if told.reason == "expired"}
        for lost in following.lost:
            name = stream_name(lost.stream, client.user)
            # The request that made a head may be repeated after the loss: then its epoch is there again.
            if lost.reason in {"epoch", "ahead"} and any(
                stream == name and at <= lost.at for at, stream in world.heads_lost
            ):
                continue
            if lost.reason == "forbidden_channel" and lost.stream in following.forbidden:
                continue
            told = expired.get((lost.at, lost.stream))
            if told is not None and _may_be_expired(world, rows.get(name, []), told):
                continue
            yield f"{client.name} was told that {lost.stream} is lost ({lost.reason}), and it was not"


def read_by_nobody_else(world: "World") -> Iterator[str]:
    """The history tells events only to connections that may hear their channel, and only to their user."""
    rows = log_rows(world)
    for client, following in _followers(world):
        for told in following.told:
            for row in rows.get(stream_name(told.stream, client.user), ()):
                sent = world.producers.by_id.get(row.event_id)
                if not _is_read(row, told) or sent is None:
                    continue
                # A channel's stream may be read without a subscription; of `@me` the channels that one is on.
                may_read = row.channel != told.forbidden and (
                    told.stream != OWN
                    or any(
                        join[0] == row.channel
                        and join[1] <= told.at
                        and (join[4] is None or join[4] > told.asked_at)
                        for join in told.connection.joins
                    )
                )
                if sent.user not in (None, client.user) or not may_read:
                    yield f"{told.connection.connection_id} read {row.event_id} of {sent.user}, {row.channel}"


def log_rows(world: "World") -> dict[str, list[Row]]:
    """All that were ever written, by stream, lowest offset first."""
    if world.kept_rows is None:
        found: dict[str, list[Row]] = {}
        for item in (*world.rows_deleted, *world.storage.memory.tables["events"].items()):
            kind = item["stream"]["S"].partition("#")[0]
            if kind in {"channel", "user"} and item["offset"]["N"] != "0":
                found.setdefault(item["stream"]["S"], []).append(_row(item))
        world.kept_rows = {stream: sorted(rows, key=lambda one: one.offset) for stream, rows in found.items()}
    rows: dict[str, list[Row]] = world.kept_rows
    return rows


def _row(item: dict[str, Any]) -> Row:
    text = item.get("envelope", {}).get("S")
    return Row(
        epoch=item["epoch"]["S"],
        offset=int(item["offset"]["N"]),
        event_id=json.loads(text)["id"] if text else "",
        channel=item.get("channel", {}).get("S", ""),
        at=float(item["at"]["N"]),
    )


def _followers(world: "World") -> Iterator[tuple["Client", Following]]:
    for client in world.clients.values():
        if client.following is not None:
            yield client, client.following


def _is_owed(following: Following, stream: str, channel: str, moment: float) -> bool:
    since = following.since.get(channel)
    return (
        since is not None
        and moment > since
        and not any(lost.stream == stream and lost.at >= moment for lost in following.lost)
    )


def _is_in(row: Row, told: Told) -> bool:
    """Whether it is an event that lies after the position that was asked about, and that the asker hears."""
    is_heard = told.stream != OWN or row.channel in told.channels
    return bool(row.event_id) and row.epoch == told.epoch and row.offset > told.after and is_heard


def _is_read(row: Row, told: Told) -> bool:
    return row.epoch == told.epoch and row.offset in told.offsets


def _may_be_expired(world: "World", rows: list[Row], told: Told) -> bool:
    """Whether anything after the position is older than its `keep`, or a missing offset may be."""
    own = {row.offset: row for row in rows if row.epoch == told.epoch}
    old = told.at + DOUBT_SECONDS
    below = max((offset for offset in own if offset <= told.after), default=0)
    known = own[below].at if below else world.plan.begins_at
    for offset in range(told.after + 1, max([told.through, *own]) + 1):
        row = own.get(offset)
        known = known if row is None else row.at
        if row is None or not row.event_id:
            # Never written, or filled by a reader and deleted: taken some time after the row below.
            if known + _keep_seconds(world, "") <= old:
                return True
        elif _is_in(row, told) and row.at + _keep_seconds(world, row.channel) <= old:
            return True
    return False


def _keep_seconds(world: "World", channel: str) -> float:
    short = world.plan.keep_seconds
    return KEEP_SECONDS if short is None or channel not in {"", *world.short_lived} else short
