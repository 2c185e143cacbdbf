"""A client that follows the streams: the Python client's own logic, on the clock of the history."""

import json
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from tidings.in_order import HOLD_SECONDS, Act
from tidings.memory import ASKS, ASKS_SECONDS
from tidings.resume import Resume
from tidings.stream import OWN

if TYPE_CHECKING:
    from simulation.clients import Client
    from simulation.gateway import Connection

REMEMBER_IDS = 1_000
# After so long without an answer the client asks again.
ANSWER_SECONDS = 10.0
RESTARTS = 0.3
# What it asks for at most: small pages, so that a short history needs several.
PAGES = (1, 2, 3, 300)


class Told(NamedTuple):
    """One answer to `history`."""

    asked_at: float
    at: float
    connection: "Connection"
    stream: str
    epoch: str
    after: int
    through: int
    offsets: frozenset[int]
    forbidden: str | None
    """The channel that its token did not grant when it asked."""
    channels: frozenset[str]
    """Those of the connection while it asked: what the answer of `@me` is about."""
    reason: str
    """Empty: `recovered`."""


class Lost(NamedTuple):
    at: float
    stream: str
    reason: str


@dataclass(slots=True, eq=False)
class Following:
    client: "Client"
    since: dict[str, float] = field(default_factory=dict)
    """From when on everything of a channel is owed: since its first position was told."""
    lost: list[Lost] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    forbidden: set[str] = field(default_factory=set)
    """The channels that some token of its did not grant."""
    handed: Counter[str] = field(default_factory=Counter)
    """How often each event, by its id, was handed over."""
    verdicts: Counter[str] = field(default_factory=Counter)
    _resume: Resume = field(default_factory=lambda: Resume(remember_ids=REMEMBER_IDS))
    _positions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    _ids: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBER_IDS))
    _asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=ASKS))
    _tick_at: float | None = None

    @property
    def _now(self) -> float:
        return self.client.world.hub.now

    def opened(self, connection: "Connection") -> None:
        """Some programs were started anew meanwhile: they know what they had stored."""
        if self.client.world.chance.happens(RESTARTS, f"restarts {connection.connection_id}"):
            positions = json.loads(json.dumps(self._positions))
            self._resume = Resume(remember_ids=REMEMBER_IDS, positions=positions, ids=self._ids)

    def hears(self, frame: Mapping[str, Any], *, overlapping: bool = False) -> None:
        """Any message: by post, or as an answer. `overlapping`: the connection before this one lives."""
        data: Mapping[str, Any] = frame.get("data") or {}
        match frame.get("type"):
            case "system.connected":
                self._do(self._resume.welcome(data, self._now, overlapping=overlapping))
                self._begins(data, data.get("channels") or ())
            case "system.subscribed":
                self._do(self._resume.subscribed(data, self._now))
                self._begins(data, [data["channel"]])
            case "system.ping":
                self._do(self._resume.heads(data.get("heads") or {}, self._now))

    def event(self, frame: Mapping[str, Any]) -> None:
        self._do(self._resume.event(frame, self._now))

    def leaves(self, channel: str) -> None:
        """The client asks for a channel no more."""
        self.since.pop(channel, None)
        self._do(self._resume.unsubscribed(channel, self._now))

    def may_not_hear(self, channel: str) -> None:
        """A newer token does not grant a channel. The client itself is not told so."""
        self.since.pop(channel, None)
        self.forbidden.add(channel)

    def _begins(self, data: Mapping[str, Any], channels: Any) -> None:
        for channel in channels:
            if channel in self.client.wish and channel in data.get("streams", {}):
                self.since.setdefault(channel, self._now)

    def _do(self, acts: list[Act]) -> None:
        for act in acts:
            match act.kind:
                case "event":
                    event_id = act.message["id"]
                    self.handed[event_id] += 1
                    self._ids.append(event_id)
                    self.client.show(act.message, recovered=act.recovered)
                case "ask":
                    self._ask(act.message)
                case "recovered":
                    self.verdicts["recovered"] += 1
                case "state_lost":
                    self.verdicts[f"state lost: {act.reason}"] += 1
                    self.lost.append(Lost(self._now, act.stream, act.reason))
                    self.client.world.record("state lost", self.client.name, act.stream, act.reason)
            if act.position is not None:
                self._positions[act.stream] = act.position
            elif act.kind in {"position", "state_lost"}:
                self._positions.pop(act.stream, None)
        self._keep_time()

    def _keep_time(self) -> None:
        due, hub = self._resume.due, self.client.world.hub
        if due is None or (self._tick_at is not None and self._tick_at <= due):
            return
        # Without a connection only what is held is worth a tick: questions wait for the next welcome.
        if self.client.is_connected or due <= hub.now + HOLD_SECONDS:
            self._tick_at = max(due, hub.now)
            hub.at(self._tick_at, self._tick)

    def _tick(self) -> None:
        self._tick_at = None
        self._do(self._resume.tick(self._now))

    def _ask(self, question: Mapping[str, Any]) -> None:
        now = self._now
        moment = max(now, self._asked_at[0] + ASKS_SECONDS) if len(self._asked_at) == ASKS else now
        self._asked_at.append(moment)
        self.client.world.hub.at(moment, lambda: self._send(question))

    def _send(self, question: Mapping[str, Any]) -> None:
        client = self.client
        connection = client.connection
        if connection is None or not connection.alive:
            self._do(self._resume.refused(question, "closed", self._now))
            return
        asked_at, forbidden = self._now, connection.forbidden
        channels = frozenset(one[0] for one in connection.joins if one[2] is not None and one[3] is None)

        def answered(frame: dict[str, Any] | None) -> None:
            if not connection.alive:
                self._do(self._resume.refused(question, "closed", self._now))
            elif frame is None or "type" not in frame:
                client.world.hub.after(
                    ANSWER_SECONDS, lambda: self._do(self._resume.refused(question, "timeout", self._now))
                )
            elif frame["type"] == "system.history":
                self._answered(connection, asked_at, forbidden, channels, question, frame["data"])
            else:
                self._do(self._resume.refused(question, frame["data"]["code"], self._now))

        limit = client.world.chance.one_of(PAGES, f"page of {client.name}")
        client.says.send({"action": "history", **question, "limit": limit}, answered)

    def _answered(
        self,
        connection: "Connection",
        asked_at: float,
        forbidden: str | None,
        channels: frozenset[str],
        question: Mapping[str, Any],
        data: Mapping[str, Any],
    ) -> None:
        events = data["events"]
        told = Told(
            asked_at=asked_at,
            forbidden=forbidden,
            at=self._now,
            connection=connection,
            stream=question["stream"],
            epoch=question["epoch"],
            after=question["after"],
            through=data["through"],
            offsets=frozenset(one["offset"] for one in events),
            channels=frozenset(one for one in channels if self._is_on(connection, one)),
            reason="" if data["recovered"] else str(data.get("reason")),
        )
        self.told.append(told)
        self.verdicts["answers"] += 1
        self.verdicts["settling"] += "settling" in data
        self.verdicts["events recovered"] += len(events)
        said = told.reason or f"{len(events)} events through {told.through}"
        self.client.world.record("history", connection.connection_id, told.stream, told.after, said)
        self._do(self._resume.answer(question, data, self._now))

    def _is_on(self, connection: "Connection", channel: str) -> bool:
        return all(join[3] is None for join in connection.joins if join[0] == channel)


def stream_name(stream: str, user: str | None) -> str:
    """As the table calls it."""
    return f"user#{user}" if stream == OWN else f"channel#{stream}"
