"""The client: one user's events, over connections that follow one another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self

from websockets.asyncio.client import connect as websockets_connect

from tidings.catalog import Catalog
from tidings.dialer import Connect, Dialer, Token, TokenIn
from tidings.errors import ConnectionRefused, RequestFailed, TidingsError
from tidings.event import Event
from tidings.inbox import Inbox
from tidings.link import Link, Message
from tidings.options import Tuning
from tidings.requests import Requests
from tidings.status import Status
from tidings.succession import Succession
from tidings.system import with_system

LOGGER = logging.getLogger("tidings")
REPLIES = frozenset(
    f"system.{name}"
    for name in ("connected", "subscribed", "unsubscribed", "channels", "authenticated", "pong", "error")
)
NEVER_AGAIN = frozenset({"unknown_channel", "forbidden_channel"})


class Subscribed(NamedTuple):
    channel: str
    subscriber_count: int


class Client:
    """`async with Client(url, channels=["jobs"]) as client: async for event in client: …`

    Entering waits for the first welcome, however long the server is away. The iteration ends after `close`,
    and raises ConnectionRefused when the server refuses this client for good.
    """

    def __init__(  # noqa: PLR0913 - options by name, each with its default
        self,
        url: str,
        *,
        user_id: str | None = None,
        channels: Iterable[str] = (),
        catalog: Catalog | None = None,
        token: Token | None = None,
        token_in: TokenIn = "query",  # noqa: S107 - a place, not a secret
        on_status: Callable[[Status], object] = lambda _status: None,
        tuning: Tuning | None = None,
        connect: Connect = websockets_connect,
        **connect_options: Any,
    ) -> None:
        """`catalog`: the application's, whose classes events carry as `payload`. Raises DeclarationError."""
        tuning = tuning or Tuning()
        dialer = Dialer(
            url=url,
            user_id=user_id,
            token=token,
            token_in=token_in,
            heartbeat_seconds=tuning.heartbeat_seconds,
            connect=connect,
            options=connect_options,
        )
        self._wanted = dict.fromkeys(channels)
        self._on_status = on_status
        self._inbox = Inbox(
            with_system(catalog or Catalog()),
            remember_ids=tuning.remember_ids,
            buffer_limit=tuning.buffer_limit,
        )
        self._succession = Succession(
            dialer,
            tuning,
            channels=lambda: list(self._wanted),
            received=self._receive,
            reconcile=self._reconcile,
            tell=self._tell,
        )
        self._requests = Requests(self._succession.send, timeout_seconds=tuning.request_timeout_seconds)
        self._running: asyncio.Task[None] | None = None
        self._opened = asyncio.Event()
        self.status = Status(state="closed", reason="not connected yet")

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run(), name="tidings")
        try:
            await self._opened.wait()
            if self._running.done():
                self._running.result()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def __aiter__(self) -> AsyncIterator[Event]:
        while (event := await self.next()) is not None:
            yield event

    async def next(self) -> Event | None:
        """The next event; None after `close`. Raises ConnectionRefused when the server refuses for good."""
        event = await self._inbox.get()
        ended = self._running is not None and self._running.done() and not self._running.cancelled()
        if event is None and self._running is not None and ended:
            self._running.result()
        return event

    @property
    def channels(self) -> list[str]:
        """The channels asked for, in the order they were asked for."""
        return list(self._wanted)

    @property
    def dropped(self) -> int:
        """How many events were dropped because the iteration was too slow."""
        return self._inbox.dropped

    async def subscribe(self, channel: str) -> Subscribed:
        """What the server answered; waits through reconnects. Raises RequestFailed."""
        self._wanted[channel] = None
        try:
            answer = await self._requests.ask("subscribe", channel)
        except RequestFailed as failed:
            if failed.code in NEVER_AGAIN:
                self._wanted.pop(channel, None)
            raise
        return Subscribed(channel=answer["channel"], subscriber_count=answer["subscriber_count"])

    async def unsubscribe(self, channel: str) -> None:
        self._wanted.pop(channel, None)
        await self._requests.ask("unsubscribe", channel)

    async def list_channels(self) -> list[str]:
        """What the server holds for this connection."""
        return list((await self._requests.ask("list_channels"))["channels"])

    async def close(self) -> None:
        """End for good. Safe to call twice."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})
            if not self._running.cancelled():
                self._running.exception()  # seen by the iteration, or of no interest any more

    async def _run(self) -> None:
        reason = "closed by this program"
        try:
            await self._succession.run()
        except TidingsError as error:
            reason = str(error)
            raise
        finally:
            self._requests.fail(reason)
            self._tell(Status(state="closed", reason=reason))
            self._inbox.end()
            self._opened.set()

    def _tell(self, status: Status) -> None:
        self.status = status
        if status.state == "open":
            self._opened.set()
        self._on_status(status)

    def _receive(self, message: Message, *, draining: bool) -> None:
        kind = message.get("type")
        data = message.get("data")
        if not isinstance(kind, str):
            # One of API Gateway's own frames, as {"message": "Internal server error", …}
            LOGGER.warning("The gateway says: %s", message.get("message"))
        elif kind in REPLIES:
            answer: Mapping[str, Any] = data if isinstance(data, dict) else {}
            if not self._requests.settle(kind=kind, data=answer) and kind == "system.error":
                LOGGER.warning("The server says: %s: %s", answer.get("code"), answer.get("message"))
                # Coming back would push out another of the user's devices, which would then do the same.
                if answer.get("code") == "too_many_connections":
                    raise ConnectionRefused(str(answer.get("message")))
        elif kind != "system.ping" and (not draining or message.get("channel", "") in (*self._wanted, "")):
            self._inbox.put(message)

    async def _reconcile(self, link: Link) -> None:
        """Make the server's list ours: it was told before the latest subscribe or unsubscribe."""
        self._requests.ask_again()
        held = link.welcome.get("channels") or []
        asked = [self.subscribe(channel) for channel in self.channels if channel not in held]
        dropped = [self.unsubscribe(channel) for channel in held if channel not in self._wanted]
        for outcome in await asyncio.gather(*asked, *dropped, return_exceptions=True):
            if isinstance(outcome, RequestFailed):
                LOGGER.warning("Not as asked: %s", outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
