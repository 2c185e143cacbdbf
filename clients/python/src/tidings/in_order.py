"""Which events a client hands over, and when: each once, and in the order of its stream. Pure."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from tidings.stream import Held, Lane, Message, Stream, lane_of, position_of, stream_at

HOLD_SECONDS = 2.0
"""An event out of order waits this long for the one before it."""
ASK_AFTER_SECONDS = 0.5
"""Events of a burst overtake each other: who asked at once would ask for nothing most of the time."""
HELD_EVENTS = 1_000


class Act(NamedTuple):
    """One thing to do. `position` is the stream's once it is done; None: there is none any more."""

    kind: Literal["event", "position", "ask", "recovering", "recovered", "state_lost"]
    stream: str = ""
    """Empty for an event of no stream."""
    message: Message = MappingProxyType({})
    """The event, or the question."""
    recovered: bool = False
    """The event was read from the history."""
    reason: str = ""
    recovered_count: int = 0
    """How many events were read from the history."""
    position: Mapping[str, Any] | None = None


class InOrder:
    """Takes events, live ones and those of answers, and notes what is to be done with them."""

    def __init__(
        self,
        *,
        remember_ids: int,
        positions: Mapping[str, Mapping[str, Any]] | None = None,
        ids: Iterable[str] = (),
    ) -> None:
        """`positions`: stored ones. Raises KeyError, TypeError or ValueError when they are none."""
        self._remember_ids = remember_ids
        self._ids: OrderedDict[str, None] = OrderedDict.fromkeys(ids)
        self._streams = {name: stream_at(name, position) for name, position in (positions or {}).items()}
        self._heard: set[str] = set()
        self._acts: list[Act] = []

    def _place(self, name: str, stream: Stream, message: Message, *, now: float, room: bool = True) -> None:
        """A live event of a stream whose position is known."""
        lane_name, offset, previous = lane_of(name, message), message["offset"], message["previous"]
        lane = stream.lanes[lane_name]
        lane.top = max(lane.top, offset)
        known = message.get("id") in self._ids
        if offset in stream.held or offset in lane.early:
            return
        if offset <= lane.offset:
            # It was under way when the position was told, or it is a repeat.
            self._hand_over(message, name)
        elif known:
            lane.early[offset] = previous
            self._drain(name, stream)
        elif previous <= lane.offset and room:
            stream.pass_over(lane, offset)
            self._hand_over(message, name)
            self._drain(name, stream)
        else:
            if room and len(stream.held) < HELD_EVENTS:
                stream.held[offset] = Held(message, lane_name, now + HOLD_SECONDS)
            if stream.unsure_after is None:
                stream.ask_by(now + (ASK_AFTER_SECONDS if room else 0))

    def _told(self, name: str, stream: Stream, message: Message, *, now: float) -> None:
        """An event of an answer."""
        lane, offset = stream.lanes.get(lane_of(name, message)), int(message["offset"])
        if lane is None:
            return
        if not any(lane is covered for covered in stream.covered):
            self._place(name, stream, message, now=now)
            return
        fresh = offset > lane.offset and offset not in lane.early
        move(stream.covered, offset)
        if fresh:
            stream.held.pop(offset, None)
            stream.recovered_count += self._hand_over(message, name, recovered=True)

    def _drain(self, name: str, stream: Stream) -> None:
        """Hand over what waited for what has come, and pass what was handed over early."""
        for offset, lane, held in list(stream.waiting()):
            if (
                offset > lane.offset
                and (held.message["previous"] if held else lane.early[offset]) > lane.offset
            ):
                continue
            stream.pass_over(lane, offset)
            if held:
                del stream.held[offset]
                self._hand_over(held.message, name)
            else:
                del lane.early[offset]

    def _lanes(self, stream: Stream) -> list[Lane]:
        """Those that this connection hears."""
        return [lane for channel, lane in stream.lanes.items() if channel in self._heard]

    def _hand_over(self, message: Message, name: str = "", *, recovered: bool = False) -> bool:
        """Whether it was new."""
        event_id = message.get("id")
        if event_id is not None:
            if event_id in self._ids:
                return False
            self._ids[event_id] = None
            if len(self._ids) > self._remember_ids:
                self._ids.popitem(last=False)
        position = None
        if name:
            stream = self._streams[name]
            position = stream.told = position_of(name, stream)
        self._acts.append(Act("event", name, message, recovered=recovered, position=position))
        return True


def move(lanes: Iterable[Lane], offset: int) -> None:
    for lane in lanes:
        lane.offset = max(lane.offset, offset)
