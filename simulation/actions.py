"""What a client says: one action at a time, each after the answer to the one before."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from simulation.gateway import FAILED, Connection, message_event

if TYPE_CHECKING:
    from simulation.clients import Client

ASKED_AT_MOST = 4


@dataclass(slots=True, eq=False)
class Actions:
    client: "Client"
    _messages: int = 0
    _waiting: list[Callable[[], None]] = field(default_factory=list)
    """The action that was asked for last, and those that wait for its answer."""

    def forget(self) -> None:
        """On a new connection nothing waits."""
        self._waiting = []

    def subscribe(self, channel: str) -> None:
        if channel not in self.client.wish:
            self.client.wish.append(channel)
        connection = self.client.connection
        if connection is not None and connection.alive:
            join = [channel, self.client.world.hub.now, None, None, None]
            connection.joins.append(join)
            message = {"action": "subscribe", "channel": channel}
            self._ask(connection, message, "system.subscribed", partial(self._note, join, 2))

    def unsubscribe(self, channel: str) -> None:
        if channel in self.client.wish:
            self.client.wish.remove(channel)
        if self.client.following is not None:
            self.client.following.leaves(channel)
        connection = self.client.connection
        if connection is None or not connection.alive:
            return
        message = {"action": "unsubscribe", "channel": channel}
        for join in connection.joins:
            if join[0] == channel and join[3] is None:
                join[3] = self.client.world.hub.now
                self._ask(connection, message, "system.unsubscribed", partial(self._note, join, 4))

    def authenticate(self, without: str | None = None) -> None:
        """`without`: the newer token does not grant this channel. The client does not ask for it again."""
        client = self.client
        connection, user, access = client.connection, client.user, client.world.access
        if connection is None or not connection.alive or user is None or not access.on:
            return
        token = access.token(user, f"{connection.connection_id}a{self._messages}", without)
        left = [join for join in connection.joins if join[0] == without and join[3] is None]
        for join in left:
            join[3] = client.world.hub.now
        if without in client.wish:
            client.wish.remove(without)
        if client.following is not None and without is not None:
            client.following.may_not_hear(without)

        def begin() -> None:
            # Not before: an answer to the token before this one may still come.
            access.renews(connection, token)
            connection.forbidden = None

        def acknowledged() -> None:
            access.renewed(connection, token)
            connection.forbidden = without
            for join in left:
                self._note(join, 4)

        message = {"action": "authenticate", "token": token}
        self._ask(connection, message, "system.authenticated", acknowledged, begin)

    def see(self) -> None:
        """All that it has heard of is seen."""
        client = self.client
        connection = client.connection
        if connection is None or not connection.alive or not client.items:
            return
        number = max(client.items)
        message = {"action": "seen", "inbox": number}
        seen = partial(self._note_seen, number)
        self._ask(connection, message, "system.seen", seen)

    def _note_seen(self, number: int) -> None:
        self.client.seen.append((self.client.world.hub.now, number))

    def _note(self, join: list[Any], place: int) -> None:
        join[place] = self.client.world.hub.now

    def _ask(
        self,
        connection: Connection,
        message: dict[str, Any],
        wanted: str,
        acknowledged: Callable[[], None],
        begin: Callable[[], None] = lambda: None,
    ) -> None:
        """Ask until it is answered as wanted, a few times. `begin`: before it is sent first."""
        tries = 0

        def ask() -> None:
            # A message is of its connection: after a takeover it is not repeated on the new one.
            if connection is self.client.connection and connection.alive:
                if not tries:
                    begin()
                self.send(message, answered)
            else:
                self._next()

        def answered(frame: dict[str, Any] | None) -> None:
            nonlocal tries
            tries += 1
            if frame is not None and frame.get("type") == wanted:
                acknowledged()
            elif tries < ASKED_AT_MOST:
                self.client.world.hub.after(1.0, ask)
                return
            self._next()

        self._waiting.append(ask)
        if len(self._waiting) == 1:
            ask()

    def _next(self) -> None:
        del self._waiting[:1]
        if self._waiting:
            self._waiting[0]()

    def send(self, message: dict[str, Any], answered: Any = None) -> None:
        client = self.client
        connection, world = client.connection, client.world
        if connection is None or not connection.alive:
            return
        self._messages += 1
        key = f"{connection.connection_id}d{self._messages}"
        event = message_event(connection, message)

        def done(result: Any, problem: BaseException | None) -> None:
            frame = None if problem is not None else json.loads(result.get("body") or "null")
            if connection.alive and frame is not None:
                failed = frame.get("data", {}).get("code") == FAILED
                kind = FAILED if failed else frame.get("type", "error")
                connection.heard(kind, now=self.client.world.hub.now)
                if self.client.following is not None:
                    self.client.following.hears(frame)
            if answered is not None:
                answered(frame)

        world.lambdas.invoke("default", event, key=key, done=done)
