"""Rows that this process has read lately are not read again, and what is told stays the same."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.app import remembered_rows
from shared.app.remembered_rows import REMEMBERED_SECONDS, STREAM_CHARACTERS_MAX, STREAMS_MAX
from shared.bootstrap import Adapters, build_ports
from shared.domain.streams import LogRow
from tests.fakes.clock import FakeClock
from tests.fakes.streams import FakeStreams
from tests.fakes.system import SETTINGS

STREAM = "channel#jobs"


@dataclass
class Reader(FakeStreams):
    asked_after: list[int] = field(default_factory=list)
    clock: FakeClock = field(default_factory=lambda: FakeClock(1.0))
    ports: Adapters = field(init=False)

    def __post_init__(self) -> None:
        self.ports = build_ports(settings=SETTINGS, streams=self, clock=self.clock)

    def keep(self, offset: int, *, stream: str = STREAM, envelope: str = "{}") -> None:
        head = self.take(stream, str(offset), channel="jobs", now=1.0, keep_seconds=60)
        row = LogRow(
            offset=offset,
            epoch=head.epoch,
            event_id=str(offset),
            channel="jobs",
            envelope=envelope,
            taken_at=head.taken_at,
            expires_at=61.0,
        )
        assert self.write(stream, row)

    def read(self, stream: str, **asked: Any) -> Any:
        self.asked_after.append(asked["after"])
        return super().read(stream, **asked)

    def told(self, after: int, *, limit: int = 301, now: float = 1.0, stream: str = STREAM) -> list[int]:
        """The offsets; they are those of the table."""
        head = self.tops[stream]
        self.clock.advance(now - self.clock.now())
        rows = remembered_rows.read(self.ports, stream, head, after=after, limit=limit)
        assert rows == super().read(stream, after=after, until=head.offset, limit=limit)
        return [row.offset for row in rows]


@pytest.fixture
def reader() -> Reader:
    made = Reader()
    for offset in range(1, 6):
        made.keep(offset)
    return made


@pytest.mark.parametrize(
    ("first", "second", "asked_after"),
    [
        ({"after": 1}, {"after": 1}, [1]),
        ({"after": 0}, {"after": 0}, [0]),
        ({"after": 1}, {"after": 3}, [1]),
        ({"after": 1}, {"after": 1, "limit": 2}, [1]),
        # Only what is missing is read.
        ({"after": 1, "limit": 3}, {"after": 2}, [1, 3]),
        ({"after": 3}, {"after": 1}, [3, 1]),
        ({"after": 1}, {"after": 1, "now": 1.0 + REMEMBERED_SECONDS}, [1, 1]),
        # A clock that was set back.
        ({"after": 1}, {"after": 1, "now": 0.0}, [1, 1]),
        # A position that is none of the stream's.
        ({"after": 1}, {"after": 9}, [1, 9]),
    ],
)
def test_only_what_is_not_remembered_is_read(
    reader: Reader, first: dict[str, Any], second: dict[str, Any], asked_after: list[int]
) -> None:
    reader.told(**first)
    reader.told(**second)
    assert reader.asked_after == asked_after


def test_a_new_event_is_read_alone_and_older_rows_stay_remembered(reader: Reader) -> None:
    reader.told(1)
    reader.keep(6)
    assert reader.told(4) == [4, 5, 6]
    assert reader.told(1) == [1, 2, 3, 4, 5, 6]
    assert reader.asked_after == [1, 5]


def test_a_row_that_came_late_is_found(reader: Reader) -> None:
    late = reader.rows.pop((STREAM, 3))
    assert reader.told(1) == [1, 2, 4, 5]
    reader.rows[STREAM, 3] = late
    assert reader.told(1) == [1, 2, 3, 4, 5]


def test_rows_of_another_epoch_are_not_told_from_memory(reader: Reader) -> None:
    reader.told(1)
    del reader.tops[STREAM]
    reader.takers.clear()
    reader.keep(1)
    reader.keep(2)
    assert reader.told(1) == [1, 2]
    assert reader.asked_after == [1, 1]


def test_memory_is_bounded(reader: Reader) -> None:
    for number in range(STREAMS_MAX + 1):
        reader.keep(1, stream=f"channel#orders/{number}")
        reader.told(0, stream=f"channel#orders/{number}")
    reader.keep(1, stream="channel#large", envelope="x" * STREAM_CHARACTERS_MAX)
    reader.told(0, stream="channel#large")
    assert [*reader.ports.remembered_rows] == [
        f"channel#orders/{number}" for number in range(1, STREAMS_MAX + 1)
    ]
