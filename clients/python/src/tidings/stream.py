"""One stream as a client knows it: its position, and what waits until something missing has come.

A position says up to which offset everything was handed over. The stream of a channel has one lane, the
channel. A user's own stream, `@me`, has one for each channel, because `previous` counts within it there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

Message = Mapping[str, Any]
OWN = "@me"
RETRY_SECONDS = 2.0


@dataclass(slots=True)
class Lane:
    offset: int
    """Everything up to here was handed over."""
    top: int = -1
    """The highest offset that is known to exist."""
    early: dict[int, int] = field(default_factory=dict)
    """Offsets that were handed over before the ones before them, each with its `previous`."""

    @property
    def behind(self) -> bool:
        return self.top > self.offset


@dataclass(slots=True)
class Held:
    message: Message
    lane: str
    until: float


@dataclass(slots=True)
class Stream:
    epoch: str
    lanes: dict[str, Lane] = field(default_factory=dict)
    held: dict[int, Held] = field(default_factory=dict)
    ask_at: float | None = None
    question: Message | None = None
    covered: list[Lane] = field(default_factory=list)
    """The lanes that the answer to the question is about."""
    asked_top: int = -1
    """The highest offset that was known when the question was asked."""
    unsure_after: int | None = None
    """The server has more to tell after this offset, or may not know the position."""
    recovering: bool = False
    recovered_count: int = 0
    retry_seconds: float = RETRY_SECONDS
    told: Mapping[str, Any] | None = None
    """The position as it was last told to who stores it."""

    @property
    def behind(self) -> bool:
        return self.unsure_after is not None or any(lane.behind for lane in self.lanes.values())

    def ask_by(self, moment: float) -> None:
        self.ask_at = moment if self.ask_at is None else min(self.ask_at, moment)

    def pass_over(self, lane: Lane, offset: int) -> None:
        """The event at this offset was handed over, and everything of its lane before it."""
        next_of_all = offset == 1 + min(one.offset for one in self.lanes.values())
        for one in self.lanes.values() if next_of_all else (lane,):
            one.offset = max(one.offset, offset)

    def ends_at(self, head: int) -> None:
        """This history has not come further. What told a higher offset before is of another one."""
        for lane in self.covered:
            if head < lane.top <= self.asked_top:
                lane.top = max(lane.offset, head)
                lane.early = {offset: previous for offset, previous in lane.early.items() if offset <= head}

    def waiting(self) -> Iterator[tuple[int, Lane, Held | None]]:
        """What lies ahead of its lane's position, lowest offset first: held, or handed over early."""
        held = [(offset, self.lanes[one.lane], one) for offset, one in self.held.items()]
        early = [(offset, lane, None) for lane in self.lanes.values() for offset in lane.early]
        yield from sorted([*held, *early], key=lambda entry: entry[0])


def lane_of(stream: str, message: Message) -> str:
    return str(message.get("channel") if stream == OWN else stream)


def position_of(name: str, stream: Stream) -> Mapping[str, Any]:
    """In the welcome's form, as JSON; `early` where there are such offsets."""
    offsets = {channel: lane.offset for channel, lane in stream.lanes.items()}
    position: dict[str, Any] = {"epoch": stream.epoch, "offset": min(offsets.values(), default=0)}
    if name == OWN:
        position["channels"] = offsets
    early = {channel: sorted(lane.early.items()) for channel, lane in stream.lanes.items() if lane.early}
    if early:
        position["early"] = {channel: [list(pair) for pair in pairs] for channel, pairs in early.items()}
    return position


def stream_at(name: str, position: Mapping[str, Any]) -> Stream:
    """Raises KeyError, TypeError or ValueError when this is no stored position."""
    stream = Stream(epoch=str(position["epoch"]), told=position)
    early = position.get("early", {})
    offsets = position["channels"] if name == OWN else {name: position["offset"]}
    for channel, offset in offsets.items():
        ahead = {int(at): int(previous) for at, previous in early.get(channel, [])}
        stream.lanes[channel] = Lane(offset=int(offset), top=max([int(offset), *ahead]), early=ahead)
    return stream
