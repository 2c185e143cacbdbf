"""What an answer to `history` tells of each state of a stream."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from shared.domain.history import (
    HOLE_SECONDS,
    MOST_HOLES,
    SKEW_SECONDS,
    Answer,
    Reason,
    answer,
    answer_back,
)
from shared.domain.limits import ANSWER_BYTES
from shared.domain.messages import ClientMessage
from shared.domain.streams import Head, LogRow

NOW = 1_763_132_400.0
HOUR, DAY = 3600, 86_400
OLD = NOW - HOUR
"""When offsets were taken, unless a test says otherwise: neither young nor over."""


def head(offset: int, *, at: float = OLD, **other: Any) -> Head:
    moments = tuple(at - number for number in range(min(offset, 4)))
    fields: dict[str, Any] = {
        "epoch": "e",
        "offset": offset,
        "made_at": OLD - 3 * DAY,
        "taken_at": moments,
        "least_keep_seconds": DAY,
        "expires_at": NOW + 9 * DAY,
        "last": {},
    }
    return Head(**(fields | other))


def row(offset: int, *, at: float = OLD, kept: int = DAY, **other: Any) -> LogRow:
    fields: dict[str, Any] = {
        "offset": offset,
        "epoch": "e",
        "event_id": f"event {offset}",
        "channel": "jobs",
        "envelope": str(offset),
        "taken_at": tuple(at - number for number in range(min(offset, 4))),
        "expires_at": at + kept,
    }
    return LogRow(**(fields | other))


def rows(*offsets: int, **how: Any) -> list[LogRow]:
    return [row(offset, **how) for offset in offsets]


def filled(offset: int) -> LogRow:
    return row(offset, event_id="", channel="", envelope="")


def asked(after: int, *, epoch: str = "e", limit: int = 100) -> ClientMessage:
    return ClientMessage(action="history", stream="jobs", epoch=epoch, after=after, limit=limit)


def jobs_only(channel: str) -> int | None:
    return DAY if channel == "jobs" else None


def tell(
    top: Head,
    there: Sequence[LogRow],
    after: int,
    *,
    keep_seconds: Callable[[str], int | None] = jobs_only,
    now: float = NOW,
    **how: Any,
) -> Answer:
    return answer(top, there, asked(after, **how), now=now, keep_seconds=keep_seconds, row_seconds=DAY)


def numbers(told: Answer) -> list[int]:
    return [int(one) for one in told.events]


COMPLETE = {
    # case: the head, the rows that are read, the position, and the offsets told
    "nothing missed": (head(5), rows(5), 5, []),
    "nothing missed, and nothing left of it": (head(5), [], 5, []),
    "nothing was ever sent": (head(0), [], 0, []),
    "all of a stream": (head(2), rows(1, 2), 0, [1, 2]),
    "the last one": (head(5), rows(4, 5), 4, [5]),
    "the row at the position was deleted": (head(5), rows(4, 5), 3, [4, 5]),
    "the row at the position is a hole": (head(5), [filled(3), *rows(4, 5)], 3, [4, 5]),
    "a filled hole": (head(5), [*rows(3), filled(4), *rows(5)], 3, [5]),
    "of other channels": (head(5), [*rows(3), row(4, channel="skills"), *rows(5)], 3, [5]),
    "only of other channels": (head(5), [*rows(3), *rows(4, 5, channel="skills")], 3, []),
    "of another channel, and expired": (
        head(5),
        [*rows(3), row(4, channel="skills", kept=1), *rows(5)],
        3,
        [5],
    ),
    "an old one that expires after a younger one": (
        head(5),
        [row(3, kept=9 * DAY), *rows(4, 5)],
        2,
        [3, 4, 5],
    ),
}


@pytest.mark.parametrize("case", COMPLETE)
def test_it_is_complete(case: str) -> None:
    top, there, after, expected = COMPLETE[case]
    told = tell(top, there, after)
    assert (numbers(told), told.through, told.more) == (expected, top.offset, False)
    assert (told.reason, told.retry_after_seconds, told.holes) == (None, None, [])


def test_what_comes_after_the_last_event_of_the_readers_channels_is_not_owed() -> None:
    top = head(9, last={"jobs": 4, "skills": 9})
    told = tell(top, [], 4)
    assert (told.reason, told.through, told.more, told.holes) == (None, 9, False, [])
    told = tell(top, rows(3, 4), 3)
    assert (numbers(told), told.through, told.more) == ([4], 9, False)
    assert tell(head(9, last={"jobs": 5, "skills": 9}, at=NOW - 2 * DAY), [], 4).reason is Reason.EXPIRED
    assert tell(head(9, last={"skills": 9}), [], 4).through == 9
    # Channels that the head does not name any more may have come so far.
    dropped = head(9, last={"skills": 9}, last_of_others=5, at=NOW - 2 * DAY)
    assert tell(dropped, [], 4).reason is Reason.EXPIRED
    assert tell(dropped, [], 5).through == 9


LOST = {
    # case: the head, the rows that are read, the position, and why
    "of another epoch": (head(5), rows(4, 5), asked(4, epoch="d"), Reason.EPOCH),
    "of another epoch, with nothing missed": (head(5), rows(5), asked(5, epoch="d"), Reason.EPOCH),
    "ahead": (head(5), rows(5), asked(6), Reason.AHEAD),
    "an event that is expired and not deleted yet": (
        head(5),
        rows(3, 4, 5, kept=HOUR),
        asked(3),
        Reason.EXPIRED,
    ),
    "expired in the middle": (head(5), [*rows(3), row(4, kept=HOUR), *rows(5)], asked(3), Reason.EXPIRED),
    "all deleted": (head(5, at=NOW - 2 * DAY), [], asked(3), Reason.EXPIRED),
    "the first ones deleted": (head(9), rows(8, 9), asked(3), Reason.EXPIRED),
    "deleted in any order": (
        head(5),
        [row(3, at=NOW - 2 * DAY, kept=9 * DAY), *rows(5, at=NOW - 2 * DAY, kept=9 * DAY)],
        asked(3),
        Reason.EXPIRED,
    ),
    # Rows were kept for an hour for a while: 4 may be one of them.
    "deleted while rows were kept for less": (
        head(5, least_keep_seconds=HOUR),
        rows(3, 5),
        asked(3),
        Reason.EXPIRED,
    ),
    "nearly too old to tell": (
        head(5, at=NOW - DAY + SKEW_SECONDS),
        rows(3, 5, at=NOW - DAY + SKEW_SECONDS),
        asked(3),
        Reason.EXPIRED,
    ),
}


@pytest.mark.parametrize("case", LOST)
def test_it_is_lost(case: str) -> None:
    top, there, question, reason = LOST[case]
    told = answer(top, there, question, now=NOW, keep_seconds=jobs_only, row_seconds=DAY)
    assert told.reason is reason
    assert (told.events, told.through, told.more, told.holes) == ([], top.offset, False, [])


def test_a_keep_that_was_shortened_counts_for_what_is_there() -> None:
    top, there = head(5), rows(4, 5)
    assert tell(top, there, 4).reason is None
    assert tell(top, there, 4, keep_seconds=lambda _: HOUR).reason is Reason.EXPIRED
    # Who hears a channel that keeps nothing any more is not told less than who does not hear it.
    assert tell(top, there, 4, keep_seconds=lambda _: 0).reason is Reason.EXPIRED
    assert tell(top, there, 4, keep_seconds=lambda _: None).reason is None


HOLES = {
    # case: the head, the rows that are read, the position, the offsets told, and the holes to fill
    "in the middle": (head(6), rows(3, 4, 6), 3, [4, 6], [5]),
    "at the position": (head(6), rows(3, 5, 6), 4, [5, 6], []),
    "after the position": (head(6), rows(3, 5, 6), 3, [5, 6], [4]),
    "at the beginning": (head(3, made_at=OLD - 9), rows(3), 0, [3], [1, 2]),
    "at the head": (head(5), rows(4), 4, [], [5]),
    "all there ever was": (head(2, made_at=OLD - 9), [], 0, [], [1, 2]),
    "several at the head, after a long silence": (head(9), [], 5, [], [6, 7, 8, 9]),
    "one after a long silence, then an event": (head(6), rows(6), 4, [6], [5]),
    "what an older epoch left": (head(5), [*rows(3), row(4, epoch="d"), *rows(5)], 3, [5], [4]),
}


@pytest.mark.parametrize("case", HOLES)
def test_a_hole_is_filled_and_passed_over(case: str) -> None:
    top, there, after, expected, holes = HOLES[case]
    told = tell(top, there, after)
    assert (numbers(told), [one.offset for one in told.holes]) == (expected, holes)
    assert (told.through, told.reason, told.more) == (top.offset, None, False)
    assert all(one.expires_at == NOW + DAY and not one.envelope for one in told.holes)


def test_a_filled_hole_knows_when_it_was_taken_as_nearly_as_its_neighbours() -> None:
    (hole,) = tell(head(6), [row(3, at=OLD - 50), row(5, at=OLD)], 3).holes
    assert hole.taken_at == (OLD - 1,)


@pytest.mark.parametrize(
    ("top", "there", "after", "told_offsets", "through"),
    [
        (head(5, at=NOW), rows(4), 4, [], 4),
        (head(6, at=NOW), [row(4), row(6, at=NOW)], 4, [], 4),
        (head(6, at=NOW), [row(4), row(6, at=NOW)], 3, [4], 4),
        # Several are being written at once, after a silence so long that nothing is left of before.
        (head(14, at=NOW), rows(14, at=NOW), 4, [], 4),
    ],
    ids=["at the head", "with a later one there", "after others", "many at once"],
)
def test_an_offset_that_may_still_be_filled_is_not_passed(
    top: Head, there: list[LogRow], after: int, told_offsets: list[int], through: int
) -> None:
    told = tell(top, there, after)
    assert (numbers(told), told.through, told.more) == (told_offsets, through, False)
    assert (told.reason, told.retry_after_seconds, told.holes) == (None, HOLE_SECONDS, [])
    # A writer whose clock is ahead does not make it longer, and in time it is a hole.
    assert tell(top, there, after, now=NOW - 2).retry_after_seconds == HOLE_SECONDS
    assert tell(top, there, after, now=NOW + 3.5).retry_after_seconds == HOLE_SECONDS - 3
    assert tell(top, there, after, now=NOW + HOLE_SECONDS).retry_after_seconds is None


def test_a_page_ends_at_its_limit_and_goes_on_where_it_ended() -> None:
    top, there = head(9), rows(*range(1, 10))
    first = tell(top, there[:5], 0, limit=4)
    assert (numbers(first), first.through, first.more) == ([1, 2, 3, 4], 4, True)
    second = tell(top, there[3:8], 4, limit=4)
    assert (numbers(second), second.through, second.more) == ([5, 6, 7, 8], 8, True)
    last = tell(top, there[7:], 8, limit=4)
    assert (numbers(last), last.through, last.more) == ([9], 9, False)


def test_what_a_page_passes_over_does_not_count_against_its_limit() -> None:
    there = [*rows(1), *rows(2, 3, 4, channel="skills"), *rows(5)]
    told = tell(head(9), there, 1, limit=4)
    assert (numbers(told), told.through, told.more) == ([5], 5, True)


def test_a_page_ends_at_96_kilobytes_and_holds_one_event_at_least() -> None:
    large = '"' + "é" * (ANSWER_BYTES // 4) + '"'
    there = rows(1, 2, 3, envelope=large)
    told = tell(head(3), there, 0)
    assert (len(told.events), told.through, told.more) == (1, 1, True)
    larger = rows(1, 2, envelope=large * 3)
    assert (len(tell(head(2), larger, 0).events), tell(head(2), larger, 0).through) == (1, 1)


def test_holes_are_filled_a_few_at_a_time() -> None:
    told = tell(head(30, made_at=OLD - 60), rows(1, 30), 1)
    assert len(told.holes) == MOST_HOLES
    assert (told.events, told.through, told.more) == ([], 1 + MOST_HOLES, True)


def test_what_an_older_epoch_left_ends_a_page_as_any_row() -> None:
    told = tell(head(6), [*rows(3), row(4, epoch="d")], 3, limit=1)
    assert ([one.offset for one in told.holes], told.through, told.more) == ([4], 4, True)


def test_what_is_missing_behind_the_last_row_is_judged_when_it_is_asked_for() -> None:
    told = tell(head(6), rows(3, 4), 3)
    assert (numbers(told), told.through, told.more, told.holes) == ([4], 4, True, [])


def back(top: Head, there: Sequence[LogRow], before: int, limit: int = 100) -> Answer:
    question = ClientMessage(action="history", stream="jobs", before=before, limit=limit)
    return answer_back(top, there, question, now=NOW, keep_seconds=jobs_only)


def test_reading_back_tells_the_newest_first_and_no_verdict() -> None:
    told = back(head(9), rows(8, 7, 6), 9)
    assert (numbers(told), told.through, told.more) == ([8, 7, 6], 6, True)
    told = back(head(9), [*rows(3), filled(2), row(1, channel="skills")], 4)
    assert (numbers(told), told.through, told.more) == ([3], 1, False)
    told = back(head(9), rows(8, 7, 6), 9, limit=2)
    assert (numbers(told), told.through, told.more) == ([8, 7], 7, True)
    told = back(head(9), [*rows(8, epoch="d"), row(7, kept=HOUR)], 9)
    assert (told.events, told.through, told.reason) == ([], 7, None)
    told = back(head(0), [], 1)
    assert (told.events, told.through, told.more) == ([], 1, False)
