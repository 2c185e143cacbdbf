"""Streams under bad luck: no verdict `recovered` is ever false, and who missed nothing is not told `expired`.

Writers die, stall and come back, rows are deleted in any order, heads are lost, `keep` changes, and clocks
differ.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest

from shared.app import read_streams
from shared.app.remember import remember
from shared.aws.batches import Batches
from shared.aws.streams import DynamoStreams
from shared.bootstrap import Adapters, build_ports
from shared.domain import history
from shared.domain.connection import Connection
from shared.domain.errors import TidingsError
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from shared.domain.messages import ClientMessage
from shared.domain.receipt import Receipt
from shared.domain.streams import LogRow, stream_of
from simulation.memory.dynamodb import MemoryDynamoDB
from tests.adapters.worlds import create_tables
from tests.fakes.clock import FakeClock
from tests.fakes.system import SETTINGS
from tidings.catalog import Catalog, Channel, EventType, Payload, hours

LEASE_SECONDS = 60.0
STEPS = 60
KEPT_HOURS = (0.0, 1.0, 2.0, 6.0)
READERS = ("a", "b", "ab")


class Killed(TidingsError):
    pass


@dataclass
class OffClock:
    """A machine's own clock: it differs from the true one."""

    true: FakeClock
    off_seconds: float

    def now(self) -> float:
        return self.true.now() + self.off_seconds

    def sleep(self, seconds: float) -> None:
        self.true.sleep(seconds)


@dataclass
class Reader:
    connection: Connection
    positions: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    stream: str
    epoch: str
    after: int
    through: int
    offsets: frozenset[int]
    heard: frozenset[str]
    kept: frozenset[str]
    known_at: float
    """When the position was told that was asked about."""
    at: float


class Luck:
    """One history: everything that happens follows from its seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311  luck, not a secret
        self.clock = FakeClock()
        dynamodb: Any = MemoryDynamoDB(now=self.clock.now)
        self.dynamodb = dynamodb
        create_tables(dynamodb)
        batches = Batches(dynamodb=dynamodb, clock=self.clock, jitter=lambda: 0.5)
        self.streams = DynamoStreams(dynamodb=dynamodb, batches=batches, table="events")
        self.keep = {"a": 2.0, "b": 6.0}
        self.readers = [
            Reader(Connection(connection_id=name, user_id="ann", channels=frozenset(name), connected_at=0))
            for name in READERS
        ]
        self.written: dict[tuple[str, str, int], str] = {}
        """The events that have a row: stream, epoch and offset, and the channel."""
        self.not_kept: list[tuple[float, str, str]] = []
        """What was sent and not kept: when, the stream, the channel."""
        self.late: list[tuple[float, str, LogRow]] = []
        self.again: list[tuple[float, AcceptedEvent]] = []
        self.told: list[Told] = []
        self.verdicts: Counter[str] = Counter()
        self.anew = 0

    @property
    def catalog(self) -> Catalog:
        return Catalog({name: Channel(name, keep=hours(kept)) for name, kept in self.keep.items()})

    def machine(self) -> OffClock:
        return OffClock(self.clock, self.random.uniform(-1.5, 1.5))

    def ports(self, fate: str) -> Adapters:
        """Of an invocation that has this fate."""
        streams: Any = Writing(self, fate)
        return build_ports(settings=SETTINGS, catalog=self.catalog, streams=streams, clock=self.machine())

    def run(self) -> None:
        for number in range(STEPS):
            step = self.random.choices(
                (self.publish, self.pass_time, self.read, self.delete_rows, self.lose_head, self.change_keep),
                (50, 20, 20, 5, 0.5, 1),
            )[0]
            step(number)
            self.catch_up()
        self.clock.advance(LEASE_SECONDS * 2)
        self.catch_up()
        self.read(STEPS)

    def publish(self, number: int) -> None:
        on = Channel(self.random.choice("ab"))
        type_ = EventType(name=f"{on.name}.said", payload=Payload, on=on)
        user_id = self.random.choice(("ann", None))
        self.send(
            AcceptedEvent(id=str(number), type=type_, data={}, user_id=user_id, occurred_at=self.clock.now())
        )

    def send(self, event: AcceptedEvent) -> None:
        fate = self.random.choices(("well", "dies before", "dies after", "late"), (80, 8, 4, 8))[0]
        ports = self.ports(fate)
        now = ports.clock.now()
        lease = Lease(f"{event.id} {now}", now + LEASE_SECONDS)
        try:
            message = remember(ports, event, event.envelope(), Receipt(), lease)
            if message.offset is None:
                stream = stream_of(event.channel or "", event.user_id)
                self.not_kept.append((self.clock.now(), stream, event.channel or ""))
        except Killed:
            self.again.append((self.clock.now() + LEASE_SECONDS + 1, event))

    def write(self, stream: str, row: LogRow) -> bool:
        is_written = self.streams.write(stream, row)
        if is_written and row.envelope:
            self.written[stream, row.epoch, row.offset] = row.channel
        return is_written

    def pass_time(self, _number: int) -> None:
        self.clock.advance(
            self.random.choice((0.01, 0.1, 1, 3, 8, 60, 600, 3600, 5000, 3 * 3600, 7 * 3600, 86_400))
            * self.random.uniform(0.5, 1.2)
        )

    def catch_up(self) -> None:
        now = self.clock.now()
        due, self.late = (
            [one for one in self.late if one[0] <= now],
            [one for one in self.late if one[0] > now],
        )
        for _, stream, row in due:
            self.write(stream, row)
        retried = [event for at, event in self.again if at <= now]
        self.again = [one for one in self.again if one[0] > now]
        for event in retried:
            self.send(event)

    def delete_rows(self, _number: int) -> None:
        """TTL: late, and in any order."""
        table = self.dynamodb.tables["events"]
        for item in list(table.items()):
            if float(item["expires_at"]["N"]) < self.clock.now() and self.random.random() < 0.5:
                self.anew += item["offset"]["N"] == "0"
                table.replace(table.key_of(item), None, now=self.clock.now())

    def lose_head(self, _number: int) -> None:
        stream = self.random.choice(("user#ann", "channel#a", "channel#b"))
        key = {"stream": {"S": stream}, "offset": {"N": "0"}}
        self.anew += "Item" in self.dynamodb.get_item(TableName="events", Key=key)
        self.dynamodb.delete_item(TableName="events", Key=key)

    def change_keep(self, _number: int) -> None:
        channel = self.random.choice("ab")
        self.keep[channel] = self.random.choice(KEPT_HOURS)
        # What is sent meanwhile ends the streams.
        self.anew += not self.keep[channel]

    def read(self, _number: int) -> None:
        reader = self.random.choice(self.readers)
        ports = self.ports("well")
        stands = read_streams.positions(ports, reader.connection.channels, "ann")
        for stream, position in stands.items():
            known = reader.positions.setdefault(stream, {**position, "at": self.clock.now()})
            if (known["epoch"], known["offset"]) == (position["epoch"], position["offset"]):
                # Who is not behind asks nothing, and takes it that nothing was missed.
                self.note(reader, stream, known, through=known["offset"], offsets=frozenset())
                reader.positions[stream] = {**known, "at": self.clock.now()}
            else:
                reader.positions[stream] = self.ask(ports, reader, stream, known)

    def ask(self, ports: Adapters, reader: Reader, stream: str, position: dict[str, Any]) -> dict[str, Any]:
        epoch, after = position["epoch"], position["offset"]
        limit = self.random.choice((1, 3, 100))
        while True:
            asked = ClientMessage(action="history", stream=stream, epoch=epoch, after=after, limit=limit)
            told = read_streams.history(ports, asked, reader.connection)
            name = "user#ann" if stream == "@me" else f"channel#{stream}"
            if not told["recovered"]:
                self.lost(name, told, epoch, after, reader)
                return {"epoch": told["epoch"], "offset": told["head"], "at": self.clock.now()}
            offsets = frozenset(one["offset"] for one in told["events"])
            self.note(reader, stream, {**position, "offset": after}, through=told["through"], offsets=offsets)
            after = told["through"]
            if not told["more"]:
                self.verdicts["settling" if "settling" in told else "recovered"] += 1
                return {"epoch": epoch, "offset": after, "at": self.clock.now()}

    def note(
        self, reader: Reader, stream: str, position: dict[str, Any], *, through: int, offsets: frozenset[int]
    ) -> None:
        told = Told(
            stream="user#ann" if stream == "@me" else f"channel#{stream}",
            epoch=position["epoch"],
            after=position["offset"],
            through=through,
            offsets=offsets,
            heard=reader.connection.channels,
            kept=frozenset(name for name, kept in self.keep.items() if kept),
            known_at=position["at"],
            at=self.clock.now(),
        )
        self.told.append(told)

    def lost(self, stream: str, told: dict[str, Any], epoch: str, after: int, reader: Reader) -> None:
        reason = told["reason"]
        self.verdicts[reason] += 1
        if reason != "expired":
            return
        offsets = range(after + 1, told["head"] + 1)
        written = [self.written.get((stream, epoch, offset)) for offset in offsets]
        if not reader.connection.channels.intersection(filter(None, written)):
            # After so long, nobody can tell an offset that was lost from a row that was deleted.
            self.verdicts["unknown" if None in written else "expired, and nothing missed"] += 1

    def false_verdicts(self) -> list[tuple[Told, float]]:
        """What a reader who was told `recovered` has passed and not got, also what was written later: its
        offset, or when it was sent, where it was not kept.
        """
        passed = [
            (one, float(offset))
            for one in self.told
            for (stream, epoch, offset), channel in self.written.items()
            if (stream, epoch) == (one.stream, one.epoch) and one.after < offset <= one.through
            if channel in one.heard and offset not in one.offsets
        ]
        unkept = [
            (one, at)
            for one in self.told
            for at, stream, channel in self.not_kept
            # While the channel keeps nothing, nobody is told anything of it.
            if stream == one.stream and channel in one.heard & one.kept and one.known_at < at < one.at
        ]
        return passed + unkept


class Writing:
    """The streams as an invocation sees them that has this fate."""

    def __init__(self, luck: Luck, fate: str) -> None:
        self._luck, self._fate = luck, fate

    def __getattr__(self, name: str) -> Any:
        return getattr(self._luck.streams, name)

    def write(self, stream: str, row: LogRow) -> bool:
        luck = self._luck
        if self._fate == "late":
            # The request is on its way when the invocation is stopped.
            luck.late.append((luck.clock.now() + luck.random.uniform(0, 30), stream, row))
        if self._fate in ("late", "dies before"):
            raise Killed
        is_written = luck.write(stream, row)
        if self._fate == "dies after":
            raise Killed
        return is_written


def run_all(seeds: int) -> list[Luck]:
    lucks = [Luck(seed) for seed in range(seeds)]
    for luck in lucks:
        luck.run()
    return lucks


@pytest.fixture(scope="module")
def histories() -> list[Luck]:
    return run_all(400)


def test_no_verdict_recovered_is_false(histories: list[Luck]) -> None:
    assert [
        (seed, luck.false_verdicts()) for seed, luck in enumerate(histories) if luck.false_verdicts()
    ] == []


def test_who_missed_nothing_is_not_told_that_state_was_lost(histories: list[Luck]) -> None:
    verdicts = sum((luck.verdicts for luck in histories), Counter[str]())
    assert verdicts["expired, and nothing missed"] == 0
    # A position is of another history only when a stream was made anew, and never ahead of its own.
    assert verdicts["ahead"] == 0
    assert all(luck.anew or not luck.verdicts["epoch"] for luck in histories)
    # Each verdict is met often enough to say something.
    assert min(verdicts[one] for one in ("recovered", "expired", "epoch", "settling")) > 100


def fill_nothing(patch: pytest.MonkeyPatch) -> None:
    write = Luck.write
    patch.setattr(Luck, "write", lambda luck, stream, row: not row.envelope or write(luck, stream, row))


def take_deleted_rows_for_holes(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(history, "SKEW_SECONDS", -1e9)


def trust_only_keep_as_it_is(patch: pytest.MonkeyPatch) -> None:
    """Without the shortest time for which rows were kept."""
    take = DynamoStreams.heads

    def heads(streams: DynamoStreams, names: Any, **how: Any) -> Any:
        found = take(streams, names, **how)
        return {name: replace(head, least_keep_seconds=6 * 3600) for name, head in found.items()}

    patch.setattr(DynamoStreams, "heads", heads)


def forget_what_was_not_kept(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(DynamoStreams, "not_kept", lambda *_: None)


@pytest.mark.parametrize(
    "broken",
    [fill_nothing, take_deleted_rows_for_holes, trust_only_keep_as_it_is, forget_what_was_not_kept],
)
def test_logic_that_is_broken_is_seen(
    broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    assert any(luck.false_verdicts() for luck in run_all(400))
