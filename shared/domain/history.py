"""What an answer to `history` tells, and whether anything is missing: decided from the rows of a stream.

`recovered` is never said where it is not certain. A row that is missing is one of three things: not written
yet (`settling`), never to be written (a hole, which is filled before it is passed over), or deleted after its
time (`expired`). When its offset was taken, at the earliest, tells which: nothing is deleted before the
shortest `keep` of its epoch is over.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from shared.domain.limits import ANSWER_BYTES, HISTORY_EVENTS_MAX
from shared.domain.messages import ClientMessage
from shared.domain.streams import Head, LogRow

# An offset younger than this may be filled by its writer, who needs some milliseconds.
HOLE_SECONDS = 5.0
# So many holes are filled for one answer.
MOST_HOLES = 10
# The clocks of writers and readers agree better than this.
SKEW_SECONDS = 60.0


KeepSeconds = Callable[[str], int | None]
"""How long a channel's events can be read. None: the reader does not hear it. 0: nothing is kept any more."""


class Reason(StrEnum):
    """Why a reader has to fetch its state anew."""

    EXPIRED = "expired"
    """What came after the position is not kept any more, or that is not certain."""
    EPOCH = "epoch"
    """The position is of another history."""
    AHEAD = "ahead"
    """The position is none of this stream's."""


@dataclass(slots=True, kw_only=True)
class Answer:
    events: list[str] = field(default_factory=list)
    """The envelopes as they were sent, without their epoch."""
    through: int
    """The answer tells all up to here that the reader had to get."""
    more: bool = False
    reason: Reason | None = None
    retry_after_seconds: int | None = None
    """An offset above `through` may still be filled: ask again after so long."""
    holes: list[LogRow] = field(default_factory=list)
    """Offsets up to `through` that must be filled with these before the answer is given."""
    _size_bytes: int = 0

    def add(self, envelope: str, *, most: int) -> bool:
        """False when the answer is full."""
        self._size_bytes += len(envelope.encode()) + 1
        if self.events and (len(self.events) >= most or self._size_bytes > ANSWER_BYTES):
            return False
        self.events.append(envelope)
        return True


def may_be_deleted(head: Head, taken_at: float, now: float) -> bool:
    """Whether the time of a row may be over that was written at an offset which was taken then."""
    return taken_at + head.least_keep_seconds <= now + SKEW_SECONDS


def most_events(asked: ClientMessage) -> int:
    return min(asked.limit, HISTORY_EVENTS_MAX)


def answer(
    head: Head,
    rows: Sequence[LogRow],
    asked: ClientMessage,
    *,
    now: float,
    keep_seconds: KeepSeconds,
    row_seconds: int,
) -> Answer:
    """From the rows after the position, oldest first, and the nearest one before them.

    `row_seconds`: how long this stream keeps its rows.
    """
    if asked.epoch != head.epoch or asked.after > head.offset:
        reason = Reason.EPOCH if asked.epoch != head.epoch else Reason.AHEAD
        return Answer(through=head.offset, reason=reason)
    own = {row.offset: row for row in rows if row.epoch == head.epoch}
    owed_until = _owed_until(head, keep_seconds)
    # What is missing behind the last row that was read is judged when nothing is read behind the position.
    last = max((row.offset for row in rows if row.offset > asked.after), default=head.offset)
    told = Answer(through=asked.after)
    for offset in range(asked.after + 1, min(last, owed_until) + 1):
        row = own.get(offset)
        if row is None:
            told.retry_after_seconds = _settles_in_seconds(offset, head, own, now)
            row = _hole(offset, head, own, expires_at=now + row_seconds)
            if told.retry_after_seconds is not None or len(told.holes) == MOST_HOLES:
                break
            if may_be_deleted(head, row.taken_at[0], now):
                return Answer(through=head.offset, reason=Reason.EXPIRED)
            told.holes.append(row)
        elif (seconds := _heard_seconds(row, keep_seconds)) is not None:
            if _is_expired(row, seconds, now):
                return Answer(through=head.offset, reason=Reason.EXPIRED)
            if not told.add(row.envelope, most=most_events(asked)):
                break
        told.through = offset
    told.through = told.through if told.through < owed_until else head.offset
    told.more = told.through < head.offset and told.retry_after_seconds is None
    return told


def answer_back(
    head: Head,
    rows: Sequence[LogRow],
    asked: ClientMessage,
    *,
    now: float,
    keep_seconds: KeepSeconds,
) -> Answer:
    """From the rows before an offset, newest first. It says nothing of what is missing."""
    told = Answer(through=asked.before, more=bool(rows))
    for row in rows:
        seconds = _heard_seconds(row, keep_seconds) if row.epoch == head.epoch else None
        readable = seconds is not None and not _is_expired(row, seconds, now)
        if readable and not told.add(row.envelope, most=most_events(asked)):
            return told
        told.through = row.offset
    told.more = told.more and told.through > 1
    return told


def _owed_until(head: Head, keep_seconds: KeepSeconds) -> int:
    """After this offset there is nothing that the reader had to get: of a user's stream, by its channels."""
    heard = [offset for channel, offset in head.last.items() if keep_seconds(channel) is not None]
    return max([head.last_of_others, *heard]) if head.last else head.offset


def _heard_seconds(row: LogRow, keep_seconds: KeepSeconds) -> int | None:
    """How long an event can be read; None for a filled hole, and for what the reader does not hear."""
    return keep_seconds(row.channel) if row.envelope else None


def _is_expired(row: LogRow, kept_seconds: int, now: float) -> bool:
    """By its own time, and by what its channel's `keep` is now."""
    return now >= min(row.expires_at, row.taken_at[0] + kept_seconds)


def _settles_in_seconds(offset: int, head: Head, own: Mapping[int, LogRow], now: float) -> int | None:
    """How long a missing row may still come; None when it would have come already."""
    above = [one for one in own if one > offset]
    later = own[min(above)].taken_at if above else head.taken_at
    left_seconds = HOLE_SECONDS - (now - later[0]) if later else 0.0
    return math.ceil(min(left_seconds, HOLE_SECONDS)) if left_seconds > 0 else None


def _hole(offset: int, head: Head, own: Mapping[int, LogRow], *, expires_at: float) -> LogRow:
    """What fills an offset that its writer has not filled: after it, nobody can.

    `taken_at` is the latest moment after which the offset is known to have been taken.
    """
    known = [head.made_at]
    below = [one for one in own if one < offset]
    if below:
        known.append(own[max(below)].taken_at[0])
    for above, moments in [*((one, row.taken_at) for one, row in own.items()), (head.offset, head.taken_at)]:
        if 0 <= above - offset < len(moments):
            known.append(moments[above - offset])
    return LogRow(
        offset=offset,
        epoch=head.epoch,
        event_id="",
        channel="",
        envelope="",
        taken_at=(max(known),),
        expires_at=expires_at,
    )
