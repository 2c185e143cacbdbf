"""The client for scripts that know no asyncio: it runs on a thread of its own."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Self, TypeVar

from tidings.client import Client, Subscribed
from tidings.event import Event
from tidings.inbox import InboxCounts, InboxPage

T = TypeVar("T")


class Listener:
    """`with Listener(url, channels=["orders"]) as events: for event in events: …`

    Takes what `Client` takes. Entering waits for the first welcome. The iteration ends after `close`, which
    any thread may call, and raises ConnectionRefused when the server refuses this client for good.
    Callbacks (`on_status`, `on_recovery`, `on_inbox`, `get_state`) run on the listener's own thread.
    """

    def __init__(self, url: str, **options: Any) -> None:
        self._make: Callable[[], Client] = lambda: Client(url, **options)
        self._make()  # raises here, where the mistake is
        self._client: Client | None = None

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tidings", daemon=True)
        self._thread.start()
        try:
            self._client = self._wait(self._open())
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None and not self._loop.is_closed():
            self._wait(self._client.__aexit__(kind, error, trace))
        self._stop()

    def __iter__(self) -> Iterator[Event]:
        while (event := self.next()) is not None:
            yield event

    def next(self, *, timeout_seconds: float | None = None) -> Event | None:
        """The next event; None once there will be none. Raises TimeoutError when none came in time."""
        return self._wait(asyncio.wait_for(self._connected.next(), timeout_seconds))

    def subscribe(self, channel: str) -> Subscribed:
        """What the server answered. Raises RequestFailed."""
        return self._wait(self._connected.subscribe(channel))

    @property
    def inbox_counts(self) -> InboxCounts | None:
        """As far as is known here; None without a user."""
        return self._connected.inbox_counts

    def inbox(self, *, limit: int = 20, before: int | None = None) -> InboxPage:
        """The user's items, newest first, below the number `before`. Raises RequestFailed."""
        return self._wait(self._connected.inbox(limit=limit, before=before))

    def seen(self, number: int) -> InboxCounts:
        """Mark the items up to this one as seen, on all devices. Raises RequestFailed."""
        return self._wait(self._connected.seen(number))

    def unsubscribe(self, channel: str) -> None:
        self._wait(self._connected.unsubscribe(channel))

    def close(self) -> None:
        """End for good. Safe to call twice, and from another thread."""
        if self._client is not None and not self._loop.is_closed():
            self._wait(self._client.close())

    @property
    def _connected(self) -> Client:
        if self._client is None:
            raise RuntimeError("use it as 'with Listener(…) as events:'")
        return self._client

    async def _open(self) -> Client:
        return await self._make().__aenter__()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def _stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
