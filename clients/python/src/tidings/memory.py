"""Carries out what `resume` decides: asks the server, keeps time, stores positions, tells the program."""

import asyncio
import inspect
import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tidings.errors import RequestFailed, TidingsError
from tidings.event_queue import EventQueue
from tidings.in_order import Act
from tidings.requests import Requests
from tidings.resume import PAGE_EVENTS, Resume
from tidings.storage import Storage

LOGGER = logging.getLogger("tidings")
SAVE_SECONDS = 1.0
# The server takes 20 messages in 10 seconds from a connection. Some are left for the program's own.
ASKS, ASKS_SECONDS = 12, 8.0

GetState = Callable[[str, str], object | Awaitable[object]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovery:
    """How it stands with what was missed of a stream: of a channel, or of `@me`, the user's own events."""

    state: Literal["recovering", "recovered", "state_lost"]
    stream: str
    count: int = 0
    """recovered: how many events were read from the history."""
    reason: str = ""
    """state_lost: `expired`, `epoch`, `ahead`, or the code of a refusal."""


@dataclass(slots=True)
class Memory:
    queue: EventQueue
    requests: Requests
    url: str
    storage: Storage | None
    remember_ids: int
    on_recovery: Callable[[Recovery], object]
    get_state: GetState | None
    arrived: Callable[[Mapping[str, Any]], None]
    """Called with each event as soon as it is the program's, long before the program takes it."""
    _resume: Resume = field(init=False)
    _key: str = field(default="", init=False)
    _positions: dict[str, Mapping[str, Any]] = field(default_factory=dict, init=False)
    """Those of events that the program is done with."""
    _ids: deque[str] = field(init=False)
    """Of the last events that it is done with."""
    _unopened: list[Mapping[str, Any]] = field(default_factory=list, init=False)
    _timer: asyncio.TimerHandle | None = field(default=None, init=False)
    _saving: asyncio.TimerHandle | None = field(default=None, init=False)
    _asking: dict[str, asyncio.Task[None]] = field(default_factory=dict, init=False)
    _asked_at: deque[float] = field(default_factory=lambda: deque(maxlen=ASKS), init=False)
    _in_hand: Act | None = field(default=None, init=False)
    """What the program was given last, and may not be done with."""
    _fetching: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._resume = Resume(remember_ids=self.remember_ids)
        self._ids = deque(maxlen=self.remember_ids)

    def welcome(self, data: Mapping[str, Any], *, overlapping: bool) -> None:
        """Raises TidingsError when what is stored cannot be read."""
        self._open(data.get("user_id"))
        self._do(self._resume.welcome(data, _now(), overlapping=overlapping))
        unopened, self._unopened = self._unopened, []
        for message in unopened:
            self.event(message)

    def subscribed(self, data: Mapping[str, Any]) -> None:
        self._do(self._resume.subscribed(data, _now()))

    def unsubscribed(self, channel: str) -> None:
        self._do(self._resume.unsubscribed(channel, _now()))

    def heads(self, heads: Mapping[str, int]) -> None:
        self._do(self._resume.heads(heads, _now()))

    def event(self, message: Mapping[str, Any]) -> None:
        if self.storage is not None and not self._key:
            # A fault can hold the first welcome back. Only it says whose positions and ids count.
            self._unopened.append(message)
            return
        self._do(self._resume.event(message, _now(), room=self.queue.has_room))

    async def next(self) -> Act | None:
        """The next event; None when there will be none any more. Asking says that the last one is done.

        Whoever is cancelled here loses nothing. Raises what `get_state` raises; it is called again then.
        """
        self.done()
        while (act := await self.queue.first()) is not None:
            if act.kind == "state_lost" and self.get_state is not None:
                await self._fetch(self.get_state, act)
            if not self.queue.take(act):
                continue
            if act.kind == "event":
                self._in_hand = act
                return act
            self._note(act)
        self.save()
        return None

    def done(self) -> None:
        """The program is done with the event that it was given last."""
        if self._in_hand is not None:
            self._note(self._in_hand)
            self._in_hand = None

    def close(self) -> None:
        """What still waits for an event before it comes as it is."""
        for task in self._asking.values():
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        for act in self._resume.tick(math.inf):
            if act.kind in {"event", "position"}:
                self.queue.put(act)
        self.save()

    def save(self) -> None:
        if self._saving is None or self.storage is None:
            return
        self._saving.cancel()
        self._saving = None
        try:
            self.storage.save(self._key, {"streams": dict(self._positions), "ids": list(self._ids)})
        except Exception:
            # The program goes on: what it was given is not lost, only given again after a restart.
            LOGGER.exception("The positions of %s could not be stored", self._key)

    def _open(self, user_id: object) -> None:
        """Go on from where this user stopped at this address."""
        key = self.url if user_id is None else f"{self.url} {user_id}"
        if self.storage is None or key == self._key:
            return
        self.save()
        try:
            stored = self.storage.load(key) or {"streams": {}, "ids": []}
            positions, ids = dict(stored["streams"]), stored["ids"][-self.remember_ids :]
            self._resume = Resume(remember_ids=self.remember_ids, positions=positions, ids=ids)
        except Exception as error:
            raise TidingsError(f"The stored positions of {key} cannot be loaded: {error!r}") from error
        self._key, self._positions = key, positions
        self._ids = deque(ids, maxlen=self.remember_ids)

    def _do(self, acts: list[Act]) -> None:
        for act in acts:
            match act.kind:
                case "event":
                    self.queue.put(act)
                    self.arrived(act.message)
                case "position":
                    self.queue.put(act)
                case "ask":
                    before = self._asking.get(act.stream)
                    if before is not None and before is not asyncio.current_task():
                        before.cancel()
                    self._asking[act.stream] = asyncio.create_task(self._ask(act))
                case "recovering" | "recovered":
                    self._tell(Recovery(state=act.kind, stream=act.stream, count=act.recovered_count))
                case "state_lost":
                    self.queue.put(act)
                    self._tell(Recovery(state="state_lost", stream=act.stream, reason=act.reason))
        if self._timer is not None:
            self._timer.cancel()
        due = self._resume.due
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._tick)

    def _tick(self) -> None:
        self._do(self._resume.tick(_now(), room=self.queue.has_room))

    async def _ask(self, act: Act) -> None:
        # A program that is slow reads a long history at its own pace.
        await self.queue.room_for(PAGE_EVENTS)
        await self._pace()
        try:
            answer = await self.requests.ask("history", **act.message)
            self._do(self._resume.answer(act.message, answer, _now()))
        except RequestFailed as failed:
            self._do(self._resume.refused(act.message, failed.code, _now()))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            LOGGER.warning("The server's history of %s cannot be read: %r", act.stream, error)
            self._do(self._resume.refused(act.message, "malformed", _now()))

    async def _pace(self) -> None:
        now = _now()
        moment = max(now, self._asked_at[0] + ASKS_SECONDS) if len(self._asked_at) == ASKS else now
        self._asked_at.append(moment)
        await asyncio.sleep(moment - now)

    async def _fetch(self, get_state: GetState, lost: Act) -> None:
        if self._fetching is None:
            self._fetching = asyncio.create_task(_called(get_state, lost))
        fetching = self._fetching
        # Only the wait is cancelled: a program that waits with a timeout does not fetch anew each time.
        await asyncio.wait({fetching})
        self._fetching = None
        fetching.result()

    def _note(self, act: Act) -> None:
        if self.storage is None:
            return
        if act.kind == "event" and act.message.get("id") is not None:
            self._ids.append(act.message["id"])
        if act.position is not None:
            self._positions[act.stream] = act.position
        elif act.stream:
            self._positions.pop(act.stream, None)
        if self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(SAVE_SECONDS, self.save)

    def _tell(self, recovery: Recovery) -> None:
        try:
            self.on_recovery(recovery)
        except Exception:
            LOGGER.exception("on_recovery failed")


async def _called(get_state: GetState, lost: Act) -> None:
    state = get_state(lost.stream, lost.reason)
    if inspect.isawaitable(state):
        await state


def _now() -> float:
    return asyncio.get_running_loop().time()
