"""Connections that follow one another: the first, those after a loss, and those before API Gateway's cut."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

from tidings.backoff import full_jitter
from tidings.dialer import Dialer
from tidings.errors import ConnectionRefused, TidingsError
from tidings.link import ConnectionLost, Link, Message
from tidings.options import STABLE_SECONDS, Tuning
from tidings.status import Status

REFUSALS = frozenset({401, 403})


class Received(Protocol):
    def __call__(self, message: Message, *, draining: bool) -> None: ...


class Succession:
    """One connection in use at a time; while a new one takes over, the old one is still listened to."""

    def __init__(
        self,
        dialer: Dialer,
        tuning: Tuning,
        *,
        channels: Callable[[], Sequence[str]],
        received: Received,
        reconcile: Callable[[Link], Coroutine[Any, Any, None]],
        tell: Callable[[Status], None],
    ) -> None:
        self._dialer = dialer
        self._tuning = tuning
        self._channels = channels
        self._received = received
        self._reconcile = reconcile
        self._tell = tell
        self._link: Link | None = None
        self._draining: set[Link] = set()
        self._attempt = 0

    async def send(self, message: Message) -> None:
        if self._link is not None:
            await self._link.send(message)

    async def run(self) -> None:
        """Until cancelled. Raises ConnectionRefused when there is no use in trying again."""
        self._tell(Status(state="connecting"))
        try:
            async with asyncio.TaskGroup() as tasks:
                link = await self._dial()
                while True:
                    link = await self._use(link, tasks)
        except* TidingsError as ended:
            raise ended.exceptions[0] from None

    async def _use(self, link: Link, tasks: asyncio.TaskGroup) -> Link:
        """Use a connection until its successor is there; the successor."""
        replaced, self._link = self._link, link
        timers = self._plan(link)
        reader = tasks.create_task(self._read(link))
        successor = tasks.create_task(self._successor(link))
        reconciled = tasks.create_task(self._reconcile(link))
        if replaced is not None:
            self._draining.add(replaced)
            tasks.create_task(self._drain(replaced, reconciled))
        self._tell(Status(state="open", connection_id=link.welcome.get("connection_id")))
        await asyncio.wait({reader, successor}, return_when=asyncio.FIRST_COMPLETED)
        for timer in timers:
            timer.cancel()
        return await successor

    def _plan(self, link: Link) -> list[asyncio.TimerHandle]:
        loop = asyncio.get_running_loop()
        timers = [loop.call_later(STABLE_SECONDS, self._forget_failures)]
        if link.remaining_seconds is not None:
            spread = self._tuning.rollover_spread_seconds * self._tuning.chance()
            # A very short life is halved, so that it does not become a storm of successors.
            link.lead_seconds = min(self._tuning.rollover_lead_seconds + spread, link.remaining_seconds / 2)
            # Never at once: that would make takeover follow takeover.
            wait = max(link.remaining_seconds - link.lead_seconds, STABLE_SECONDS)
            timers.append(loop.call_later(wait, link.over.set))
        return timers

    async def _read(self, link: Link) -> None:
        if (
            await link.read() and self._link is link
        ):  # the successor is dialled in the belief that there is time
            self._link = None
            self._tell_absence(link.lost)

    def _forget_failures(self) -> None:
        self._attempt = 0

    async def _successor(self, link: Link) -> Link:
        await link.over.wait()
        if link.lost:
            self._link = None
        return await self._dial(lost=link.lost)

    async def _drain(self, old: Link, reconciled: asyncio.Task[None]) -> None:
        # The old connection stays until the new one hears everything, and a while for what is under way.
        await reconciled
        await asyncio.sleep(self._tuning.overlap_seconds)
        await old.close()
        self._draining.discard(old)

    async def _dial(self, *, lost: str = "") -> Link:
        """Try until a connection has its welcome. `lost` is why there is none now."""
        reason, refused, at_least_seconds = lost, False, 0.0
        while True:
            if reason:
                await self._wait(reason, refused=refused, at_least_seconds=at_least_seconds)
            refused, at_least_seconds = False, 0.0
            try:
                return await self._open()
            except InvalidURI:
                raise
            except InvalidStatus as exc:
                status = exc.response.status_code
                refused = status in REFUSALS
                if refused and not self._dialer.can_renew_token:
                    reason = f"The server refused the connection with status {status}: check token and user"
                    raise ConnectionRefused(reason, status=status) from exc
                reason = f"refused with status {status}"
                retry_after = exc.response.headers.get("Retry-After", "")
                at_least_seconds = float(retry_after) if retry_after.isdecimal() else 0.0
            except (OSError, WebSocketException, ConnectionLost) as exc:
                reason = f"could not connect: {exc}"

    async def _wait(self, reason: str, *, refused: bool, at_least_seconds: float) -> None:
        jittered = full_jitter(
            self._attempt,
            base_seconds=self._tuning.retry_base_seconds,
            cap_seconds=self._tuning.refused_cap_seconds if refused else self._tuning.retry_cap_seconds,
            chance=self._tuning.chance(),
        )
        wait = max(jittered, at_least_seconds)
        self._attempt += 1
        self._tell_absence(reason, retry_in_seconds=wait)
        await asyncio.sleep(wait)
        self._tell_absence(reason)

    def _tell_absence(self, reason: str, *, retry_in_seconds: float | None = None) -> None:
        if self._link is None:
            self._tell(
                Status(
                    state="reconnecting",
                    reason=reason,
                    attempt=self._attempt,
                    retry_in_seconds=retry_in_seconds,
                )
            )

    async def _open(self) -> Link:
        connection = await self._dialer.dial(self._channels())
        link = Link(
            connection,
            self._hear,
            renewable=self._dialer.can_renew_token,
            answer_pings=self._tuning.answer_pings,
        )
        try:
            async with asyncio.timeout(self._tuning.welcome_timeout_seconds):
                await link.greet()
        except TimeoutError:
            await link.close()
            raise ConnectionLost("no welcome came") from None
        except BaseException:
            await link.close()
            raise
        return link

    def _hear(self, link: Link, message: Message) -> None:
        self._received(message, draining=link in self._draining)
