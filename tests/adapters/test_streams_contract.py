"""Streams: offsets are taken one after the other, and an offset is written once."""

from dataclasses import replace
from typing import Any

from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.streams import CHANNELS_NAMED, HEAD_SECONDS, Head, LogRow
from tests.adapters.worlds import World

NOW = 1_763_132_400.0
DAY = 86_400


def take(world: World, taker: str, stream: str = "channel#jobs", **more: Any) -> Head:
    asked: dict[str, Any] = {"channel": "jobs", "now": NOW, "keep_seconds": DAY, **more}
    return world.streams.take(stream, taker, **asked)


def row(head: Head, event_id: str = "e", **other: Any) -> LogRow:
    fields: dict[str, Any] = {
        "offset": head.offset,
        "epoch": head.epoch,
        "event_id": event_id,
        "channel": "jobs",
        "envelope": '{"type":"job.created"}',
        "taken_at": head.taken_at,
        "expires_at": NOW + DAY,
    }
    return LogRow(**(fields | other))


def test_offsets_count_from_one_and_each_names_the_one_before(world: World) -> None:
    taken = [take(world, str(number)) for number in range(3)]
    assert [(one.offset, one.previous) for one in taken] == [(1, 0), (2, 1), (3, 2)]
    assert len({one.epoch for one in taken}) == 1
    assert take(world, "0", "channel#skills").offset == 1


def test_a_users_stream_names_the_one_before_of_the_same_channel(world: World) -> None:
    said = [(1, "jobs"), (2, "skills"), (3, "jobs"), (4, "skills"), (5, "orders/4.2")]
    taken = [take(world, str(number), "user#ann", channel=channel) for number, channel in said]
    assert [(one.offset, one.previous) for one in taken] == [(1, 0), (2, 0), (3, 1), (4, 2), (5, 0)]
    assert taken[-1].last == {"jobs": 3, "skills": 4, "orders/4.2": 5}


def test_a_users_head_names_so_many_channels_and_says_of_no_other_too_little(world: World) -> None:
    """However many orders a user ever had: the head stays small, and no gap is hidden."""
    last: dict[str, int] = {}
    for number in range(2 * CHANNELS_NAMED):
        channel = f"orders/{number}"
        # What is repeated before another offset is taken is told the same.
        taken = [take(world, str(number), "user#ann", channel=channel) for _ in range(2)]
        assert {(one.offset, one.previous >= last.get(channel, 0)) for one in taken} == {(number + 1, True)}
        last[channel] = number + 1
    head = world.streams.heads(["user#ann"])["user#ann"]
    assert CHANNELS_NAMED // 2 <= len(head.last) <= CHANNELS_NAMED
    assert all(head.last_of(channel) >= offset for channel, offset in last.items())
    assert head.last_of("orders/0") == head.last_of_others == head.offset - len(head.last)
    again = take(world, "again", "user#ann", channel="orders/0")
    assert (again.previous, again.last_of("orders/0")) == (head.last_of_others, again.offset)


def test_the_inbox_counts_what_is_for_it(world: World) -> None:
    counted = [take(world, str(one), "user#ann", to_inbox=one in (1, 3)).inbox for one in range(4)]
    assert counted == [0, 1, 1, 2]


def test_who_takes_again_gets_the_same_offset_while_nobody_else_took_one(world: World) -> None:
    first = take(world, "a", "user#ann", to_inbox=True)
    assert take(world, "a", "user#ann", to_inbox=True, now=NOW + 60) == first
    assert take(world, "b", "user#ann", to_inbox=True).offset == 2
    assert take(world, "a", "user#ann", to_inbox=True).offset == 3
    # The id is forgotten: another event may have it.
    assert take(world, "a", "user#ann", now=NOW + EVENT_ROW_SECONDS).offset == 4


def test_a_head_knows_when_the_last_offsets_were_taken(world: World) -> None:
    for number in range(6):
        head = take(world, str(number), now=NOW + number)
    assert head.taken_at == (NOW + 5, NOW + 4, NOW + 3, NOW + 2)
    assert head.made_at == NOW
    assert take(world, "0", "channel#skills", now=NOW + 9).taken_at == (NOW + 9,)


def test_a_head_knows_the_shortest_time_that_rows_are_kept(world: World) -> None:
    kept = [DAY, 3600, 7200, 60, 60, DAY]
    heads = [take(world, str(number), keep_seconds=seconds) for number, seconds in enumerate(kept)]
    assert [one.least_keep_seconds for one in heads] == [DAY, 3600, 3600, 60, 60, 60]
    assert [one.offset for one in heads] == [1, 2, 3, 4, 5, 6]
    assert heads[-1].expires_at == NOW + DAY + HEAD_SECONDS


def test_a_stream_that_somebody_relies_on_is_made_once_and_stays(world: World) -> None:
    made = world.streams.use("user#ann", now=NOW, keep_seconds=DAY)
    assert (made.offset, made.previous, made.inbox, made.last) == (0, 0, 0, {})
    again = world.streams.use("user#ann", now=NOW + 60, keep_seconds=DAY)
    assert again == replace(made, expires_at=made.expires_at + 60)
    assert world.streams.heads(["user#ann", "user#bob"]) == {"user#ann": again}
    taken = take(world, "a", "user#ann")
    assert (taken.offset, taken.epoch, taken.made_at) == (1, made.epoch, NOW)
    assert world.streams.heads([]) == {}


def test_what_is_not_kept_is_noted_and_the_stream_is_made_anew_once(world: World) -> None:
    streams = world.streams
    streams.not_kept("user#ann", "jobs")
    assert streams.heads(["user#ann"]) == {}
    head = take(world, "a", "user#ann", to_inbox=True)
    for channel in ("jobs", "orders/{order_id}", "jobs"):
        streams.not_kept("user#ann", channel)
    noted = streams.heads(["user#ann"])["user#ann"]
    assert noted == replace(head, not_kept=frozenset({"jobs", "orders/{order_id}"}))
    anew = streams.make_anew("user#ann", head.epoch, now=NOW + 60, keep_seconds=3600)
    assert anew == replace(
        head,
        epoch=anew.epoch,
        made_at=NOW + 60,
        least_keep_seconds=3600,
        expires_at=NOW + 60 + 3600 + HEAD_SECONDS,
    )
    assert anew.epoch > head.epoch
    # Who comes later with the same epoch ends nothing, and who took last takes another offset.
    assert streams.make_anew("user#ann", head.epoch, now=NOW + 61, keep_seconds=60) == anew
    assert take(world, "a", "user#ann").offset == 2


def test_a_row_is_written_once_and_recognised_by_its_event(world: World) -> None:
    head = take(world, "a")
    assert world.streams.write("channel#jobs", row(head, "a"))
    assert world.streams.write("channel#jobs", row(head, "a"))
    assert not world.streams.write("channel#jobs", row(head, "b"))
    assert world.streams.read("channel#jobs", after=1, until=1, limit=9) == [row(head, "a")]


def test_what_an_older_epoch_left_is_nobodys_and_a_younger_one_is_not_touched(world: World) -> None:
    head = take(world, "a")
    younger = row(replace(head, epoch="z"), "b")
    assert world.streams.write("channel#jobs", row(head, "a"))
    assert world.streams.write("channel#jobs", younger)
    assert not world.streams.write("channel#jobs", row(head, "c"))
    assert world.streams.write("channel#jobs", row(head, "", envelope=""))
    assert world.streams.read("channel#jobs", after=1, until=1, limit=9) == [younger]


def test_rows_are_read_from_the_nearest_one_on(world: World) -> None:
    offsets = [2, 3, 5, 6, 9]
    for offset in offsets:
        head = take(world, str(offset))
        world.streams.write("channel#jobs", row(replace(head, offset=offset)))

    def read(after: int, until: int, limit: int = 10) -> list[int]:
        return [
            one.offset for one in world.streams.read("channel#jobs", after=after, until=until, limit=limit)
        ]

    assert read(0, 9) == [2, 3, 5, 6, 9]
    assert read(3, 9) == [3, 5, 6, 9]
    assert read(4, 8) == [3, 5, 6]
    assert read(3, 9, 2) == [3, 5]
    assert read(9, 9) == [9]
    back = world.streams.read_back("channel#jobs", before=6, limit=2)
    assert [one.offset for one in back] == [5, 3]
    assert world.streams.read_back("channel#jobs", before=1, limit=2) == []
