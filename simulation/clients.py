"""Clients as people write them: they reconnect, answer pings, drop repeats by id, and show the rest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.actions import Actions
from simulation.faults import CUT, DIES
from simulation.following import Following
from simulation.gateway import Connection, connect_event
from simulation.payloads import number_of

if TYPE_CHECKING:
    from simulation.world import World

MAX_TRIES = 8
# So long a connection that was taken over from is still listened to.
OVERLAP_SECONDS = 5.0
# What they ask for when they connect; nothing: the stage's.
HEARTBEATS = ("", "", "300", "540")


class Shown(NamedTuple):
    at: float
    connection_id: str
    number: int
    event_type: str


@dataclass(slots=True, eq=False)
class Client:
    world: "World"
    name: str
    user: str | None
    wish: list[str]
    """The channels it wants to be on."""
    wants_to_be_there: bool = False
    connection: Connection | None = None
    shown: list[Shown] = field(default_factory=list)
    read: set[int] = field(default_factory=set)
    """Numbers of the events that it was shown from the history."""
    known: set[str] = field(default_factory=set)
    """Ids it has shown."""
    items: dict[int, str] = field(default_factory=dict)
    """What it heard of the inbox: the event's id by its number."""
    seen: list[tuple[float, int]] = field(default_factory=list)
    """When the server acknowledged which cursor."""
    following: Following | None = None
    """Keeps its positions, and reads what it missed; None: a client as the guide writes it."""
    _former: Connection | None = None
    """Still heard, until a new one has its welcome and a little longer."""
    says: Actions = field(init=False)
    _connects: int = 0

    def __post_init__(self) -> None:
        self.says = Actions(self)

    def carry_out(self, step: str, given: Mapping[str, Any]) -> None:
        match step:
            case "connect":
                if self.connection is None or not self.connection.alive:
                    self.connect()
            case "leave":
                self.leave()
            case "subscribe":
                self.says.subscribe(given["channel"])
            case "unsubscribe":
                self.says.unsubscribe(given["channel"])
            case "authenticate":
                self.says.authenticate(given.get("without"))
            case "see":
                self.says.see()
            case "take over":
                self.take_over()
            case "drop":
                self.drop()

    @property
    def is_connected(self) -> bool:
        return self.connection is not None and self.connection.alive

    def connect(self) -> None:
        self.wants_to_be_there = True
        self._connects += 1
        world = self.world
        connection = Connection(
            connection_id=f"{self.name}.{self._connects}",
            owner=self,
            user=self.user,
            connected_at=world.hub.now,
        )
        self.connection = connection
        now = world.hub.now
        connection.joins = [[channel, now, None, None, None] for channel in self.wish]
        world.gateway.connections[connection.connection_id] = connection
        used = world.access.credential(self, connection.connection_id)
        world.access.used(used)
        heartbeat = world.faults.chance.one_of(HEARTBEATS, f"heartbeat {connection.connection_id}")
        query = {"channels": ",".join(self.wish), "user_id": self.user, "heartbeat": heartbeat, **used}
        world.lambdas.invoke(
            "connect",
            connect_event(connection, {name: value for name, value in query.items() if value}),
            key=f"{connection.connection_id}c",
            done=lambda result, problem: self._answered(connection, used, result, problem),
        )

    def _answered(
        self, connection: Connection, used: dict[str, str], result: Any, problem: BaseException | None
    ) -> None:
        status = 500 if problem is not None else result["statusCode"]
        world = self.world
        world.record("handshake", connection.connection_id, status)
        if status == 200:  # noqa: PLR2004  HTTP
            world.hub.after(0.01, lambda: self._opened(connection, used))
            return
        connection.closed_at = world.hub.now
        world.access.was_refused(connection.connection_id, status, used)
        if self._connects < MAX_TRIES:
            world.hub.after(1.0 + world.chance.share(connection.connection_id), self._reconnect)

    def _opened(self, connection: Connection, used: dict[str, str]) -> None:
        world = self.world
        now = world.hub.now
        connection.opened_at = now
        self.says.forget()
        if self.following is not None and not self._overlaps:
            self.following.opened(connection)
        for join in connection.joins:
            join[2] = now
        world.access.accepted(connection, used)
        if not self.wants_to_be_there:
            world.gateway.close(connection.connection_id, because="client left")
        elif world.faults.happens(DIES, connection.connection_id):
            after = world.chance.between(0.0, 30.0, f"dies {connection.connection_id}")
            world.hub.after(after, lambda: self._dies(connection))
        elif world.faults.happens(CUT, connection.connection_id):
            after = world.chance.between(0.0, 30.0, f"cut {connection.connection_id}")
            world.hub.after(
                after, lambda: world.gateway.close(connection.connection_id, because="cut on the way")
            )

    def _dies(self, connection: Connection) -> None:
        """The line is dead: the client notices and comes back, API Gateway notices a while later."""
        if connection.closed_at is None and connection.dead_at is None:
            connection.dead_at = self.world.hub.now
            self.world.hub.after(1.0, self._reconnect)
            self.world.hub.after(
                40.0, lambda: self.world.gateway.close(connection.connection_id, because="silent")
            )

    def _reconnect(self) -> None:
        gone = self.connection is None or not self.connection.alive
        if self.wants_to_be_there and gone and self._connects < MAX_TRIES and not self.world.course.over:
            self.connect()

    @property
    def _overlaps(self) -> bool:
        return self._former is not None and self._former.alive

    def take_over(self) -> None:
        """As before the two-hour cut: a new connection, and the one that lives is heard until it is there."""
        if self.is_connected and self.connection is not None and self.connection.welcomes:
            self._let_go()
            self._former = self.connection
            self.connect()

    def drop(self) -> None:
        if self.is_connected and self.connection is not None:
            self.world.gateway.close(self.connection.connection_id, because="cut on the way")

    def _let_go(self) -> None:
        """End the connection that was taken over from."""
        former, self._former = self._former, None
        if former is not None:
            self.world.gateway.close(former.connection_id, because="taken over")

    def leave(self) -> None:
        self.wants_to_be_there = False
        self._let_go()
        if self.connection is not None:
            self.world.gateway.close(self.connection.connection_id, because="client left")

    def is_cut(self, connection: Connection) -> None:
        if connection is self.connection:
            self.world.hub.after(
                0.5 + self.world.chance.share(f"again {connection.connection_id}"), self._reconnect
            )

    # What it hears

    def hears(self, connection: Connection, frame: dict[str, Any]) -> None:
        world = self.world
        kind = frame.get("type", "error")
        connection.heard(kind, now=world.hub.now)
        if self.following is not None:
            self.following.hears(frame, overlapping=self._overlaps)
        if kind == "system.connected":
            connection.welcomes.append(world.hub.now)
            world.record("welcome", connection.connection_id)
            if self._former is not None:
                world.hub.after(OVERLAP_SECONDS, self._let_go)
        elif kind == "system.ping" and world.pongs:
            self.says.send({"action": "pong"})
        elif "id" in frame and "channel" in frame:
            self._show(connection, frame, number_of(frame))

    def _show(self, connection: Connection, frame: dict[str, Any], number: int) -> None:
        self.world.producers.heard(connection, number)
        if "inbox" in frame:
            self.items[frame["inbox"]] = frame["id"]
        if self.following is not None:
            self.following.event(frame)
        elif frame["id"] not in self.known:
            self.known.add(frame["id"])
            self.show(frame)

    def show(self, frame: Mapping[str, Any], *, recovered: bool = False) -> None:
        """What its program is given, once."""
        connection_id = "" if self.connection is None else self.connection.connection_id
        number = number_of(frame)
        self.shown.append(Shown(self.world.hub.now, connection_id, number, frame["type"]))
        if recovered:
            self.read.add(number)
        self.world.record("read" if recovered else "shown", connection_id, number)
