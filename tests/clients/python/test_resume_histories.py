"""The pure part, under many seeds, against a server that drops, repeats, reorders and fills holes late."""

import heapq
import itertools
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.python.fake_server import FakeStream
from tidings.in_order import Act
from tidings.resume import Resume

CHANNELS = ["jobs", "skills"]
SEEDS = 300


class History:
    """One client's life under one seed. Time is in seconds; nothing waits."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a history that comes again
        self.streams = {name: FakeStream() for name in (*CHANNELS, "@me")}
        self.published: list[str] = []
        self.handed: list[str] = []
        self.told: list[Act] = []
        self.asked = 0
        self.connection = 0
        self.positions: dict[str, Any] = {}
        self.resume = Resume(remember_ids=50)
        self._later: list[tuple[float, int, Callable[[float], None]]] = []
        self._numbers = itertools.count()

    def at(self, moment: float, do: Callable[[float], None]) -> None:
        heapq.heappush(self._later, (moment, next(self._numbers), do))

    def run(self, end: float) -> None:
        while True:
            due = self.resume.due
            planned = self._later[0][0] if self._later else end + 1
            if min(planned, end + 1 if due is None else due) > end:
                return
            if due is not None and due < planned:
                self.take(self.resume.tick(due), due)
            else:
                moment, _, do = heapq.heappop(self._later)
                do(moment)

    def take(self, acts: list[Act], now: float) -> None:
        for act in acts:
            if act.position is not None:
                self.positions[act.stream] = json.loads(json.dumps(act.position))
            match act.kind:
                case "event":
                    self.handed.append(act.message["id"])
                case "ask":
                    self.asked += 1
                    self.at(now + self.random.uniform(0, 0.2), self._asker(act))
                case "recovering" | "recovered" | "state_lost":
                    self.told.append(act)

    def connect(self, now: float, *, overlapping: bool = False) -> None:
        self.connection += 1
        streams: dict[str, Any] = {
            name: {"epoch": kept.epoch, "offset": kept.head} for name, kept in self.streams.items()
        }
        own = self.streams["@me"]
        streams["@me"]["channels"] = {channel: own.last(channel) for channel in CHANNELS}
        welcome = {"channels": CHANNELS, "streams": streams}
        self.take(self.resume.welcome(welcome, now, overlapping=overlapping), now)

    def publish(self, now: float, *, dropped: float) -> None:
        channel = self.random.choice(CHANNELS)
        name = "@me" if self.random.random() < 0.4 else channel
        kept = self.streams[name]
        previous = kept.last(channel) if name == "@me" else kept.head
        kept.head += 1
        offset = kept.head
        event = {
            "id": f"{name}/{offset}",
            "stream": name,
            "channel": channel,
            "offset": offset,
            "previous": previous,
        }
        self.published.append(str(event["id"]))
        written = now + (self.random.uniform(0, 3) if self.random.random() < 0.1 else 0)
        # Its place in the stream is taken before its row is written.
        kept.events[offset] = event
        if written > now:
            kept.settling.add(offset)
            self.at(written, lambda _now: kept.settling.discard(offset))
        connection = self.connection
        for _ in range(2 if self.random.random() < 0.1 else 1):
            if self.random.random() >= dropped:
                delay = self.random.uniform(0, 3 if self.random.random() < 0.1 else 0.05)
                self.at(written + delay, lambda then: self._arrive(event, connection, then))

    def restart(self, now: float) -> None:
        """The program ends, done with all it was given, and starts again from its stored positions."""
        self.resume = Resume(remember_ids=50, positions=self.positions, ids=self.handed[-50:])
        self.connect(now)

    def _arrive(self, event: dict[str, Any], connection: int, now: float) -> None:
        if connection and connection == self.connection:
            self.take(self.resume.event(event, now), now)

    def _asker(self, act: Act) -> Callable[[float], None]:
        resume = self.resume

        def refuse(now: float) -> None:
            if resume is self.resume:
                self.take(resume.refused(act.message, "timeout", now), now)

        def answer(now: float) -> None:
            if self.random.random() < 0.1:
                self.at(now + 30, refuse)
                return
            data = self.streams[act.stream].answer(dict(act.message), channels=CHANNELS, page_events=5)
            self.at(now + self.random.uniform(0, 0.1), lambda then: hear(data, then))

        def hear(data: dict[str, Any], now: float) -> None:
            if resume is self.resume:
                self.take(resume.answer(act.message, data, now), now)

        return answer


def live(seed: int, *, restarts: bool = False) -> History:
    history, now = History(seed), 0.0
    history.connect(now)
    away = False
    for _ in range(120):
        now += history.random.uniform(0, 0.4)
        history.run(now)
        dice = history.random.random()
        if away:
            if dice < 0.3:
                away = False
                history.connect(now)
        elif dice < 0.06:
            away = True
            history.connection += 1
        elif dice < 0.1:
            history.connect(now, overlapping=True)
        elif dice < 0.15 and restarts:
            history.restart(now)
        elif dice < 0.25:
            heads = {name: history.streams[name].head for name in CHANNELS}
            history.take(history.resume.heads(heads, now), now)
        history.publish(now, dropped=1.0 if away else 0.15)
    # In the end a connection stays, and nothing is dropped any more.
    history.run(now + 10)
    history.connect(now + 10)
    history.run(now + 300)
    return history


@pytest.mark.parametrize("restarts", [False, True], ids=["one program", "restarted"])
def test_every_event_is_handed_over_once_and_no_state_is_called_lost(*, restarts: bool) -> None:
    asked = 0
    for seed in range(SEEDS):
        history = live(seed, restarts=restarts)
        assert sorted(history.handed) == sorted(history.published), seed
        states = [act.kind for act in history.told]
        assert "state_lost" not in states, seed
        assert states.count("recovering") >= states.count("recovered"), seed
        assert history.resume.due is None, seed
        for name in CHANNELS:
            assert history.positions[name] == {"epoch": "e1", "offset": history.streams[name].head}, seed
        asked += history.asked
    assert asked > SEEDS
