"""One WebSocket client: it reads all the time, and keeps every message with the moment of its arrival."""

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from verify.check import Broken

Message = dict[str, Any]
# What an answer, an event or a close may take: a slow network and cold starts included.
PATIENCE_SECONDS = 20.0
# After this long without a message, nothing more is under way.
SETTLED_SECONDS = 1.0


@dataclass
class Client:
    socket: ClientConnection
    user_id: str | None
    messages: list[Message] = field(default_factory=list)
    arrived_at: list[float] = field(default_factory=list)
    """By `time.time()`, one for each of the messages."""
    unreadable: list[str | bytes] = field(default_factory=list)
    """Frames that are no JSON object, an empty one for instance."""
    sent: int = 0
    closed: bool = False
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    async def read(self) -> None:
        try:
            async for frame in self.socket:
                self._keep(frame)
                async with self._news:
                    self._news.notify_all()
        except ConnectionClosed:
            pass
        finally:
            self.closed = True
            async with self._news:
                self._news.notify_all()

    def _keep(self, frame: str | bytes) -> None:
        try:
            message = json.loads(frame)
        except ValueError:
            self.unreadable.append(frame)
            return
        if not isinstance(message, dict) or "type" not in message:
            self.unreadable.append(frame)
            return
        self.messages.append(message)
        self.arrived_at.append(time.time())

    @property
    def connection_id(self) -> str:
        return str(self.welcome["data"]["connection_id"])

    @property
    def welcome(self) -> Message:
        return self.of("system.connected")[0]

    def of(self, *types: str) -> list[Message]:
        """What came of these types, oldest first."""
        return [message for message in self.messages if message["type"] in types]

    def events(self) -> list[Message]:
        """Events of channels, each id once, where it first came: delivery is at least once."""
        found: dict[str, Message] = {}
        for message in self.messages:
            if "id" in message:
                found.setdefault(message["id"], message)
        return list(found.values())

    def when(self, message: Message) -> float:
        """The moment at which this message arrived."""
        return next(at for one, at in zip(self.messages, self.arrived_at, strict=True) if one is message)

    async def until(
        self, found: Callable[[Message], bool], what: str, *, within: float = PATIENCE_SECONDS, start: int = 0
    ) -> Message:
        """The first such message since number `start`, waited for. Raises Broken, and says `what`."""

        def look() -> Message | None:
            return next((one for one in self.messages[start:] if found(one)), None)

        await self._wait(lambda: look() is not None or self.closed, within)
        if (message := look()) is None:
            why = f"closed with {self.socket.close_code}" if self.closed else f"not within {within:.0f} s"
            raise Broken(f"{what}: {why}")
        return message

    async def event(self, event_id: str, *, within: float = PATIENCE_SECONDS) -> Message:
        return await self.until(
            lambda one: one.get("id") == event_id, f"event {event_id} did not arrive", within=within
        )

    async def until_closed(self, *, within: float = PATIENCE_SECONDS) -> int:
        """The code with which the other side closed. Raises Broken."""
        await self._wait(lambda: self.closed, within)
        if not self.closed:
            raise Broken(f"the connection was not closed within {within:.0f} s")
        return self.socket.close_code or 0

    async def settled(self, seconds: float = SETTLED_SECONDS) -> None:
        """Wait until nothing more has come for so long."""
        while True:
            count = len(self.messages)
            await asyncio.sleep(seconds)
            if len(self.messages) == count:
                return

    async def say(self, message: Message | str) -> int:
        """Send, and return the number that the next message will have."""
        start = len(self.messages)
        self.sent += 1
        await self.socket.send(message if isinstance(message, str) else json.dumps(message))
        return start

    async def ask(self, action: str, **fields: Any) -> Message:
        """The answer with this question's `request_id`. Raises Broken."""
        mine = f"q{next(self._numbers)}"
        await self.say({"action": action, **fields, "request_id": mine})
        return await self.until(
            lambda one: one["data"].get("request_id") == mine,
            f"{action} was not answered with its request_id",
        )

    async def refusal(self, text: Message | str) -> str:
        """Send what is not allowed; returns the `code` of the answer. Raises Broken."""
        start = await self.say(text)
        answer = await self.until(
            lambda one: one["type"] == "system.error", f"no system.error to {str(text)[:60]}", start=start
        )
        return str(answer["data"]["code"])

    async def _wait(self, condition: Callable[[], bool], within: float) -> None:
        async with self._news:
            try:
                await asyncio.wait_for(self._news.wait_for(condition), within)
            except TimeoutError:
                return
