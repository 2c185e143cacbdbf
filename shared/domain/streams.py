"""Streams: what is kept of events, how it is counted, and how it is read again.

A kept event takes the next offset of its stream's head, then its log row is written, then it is posted. So an
offset without a row is a hole: its writer has not come so far yet, or never will.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tidings.catalog import Catalog

MINE = "@me"
"""What clients call the stream of the events that are addressed to their user."""
# A head outlives the last row of its stream by so long. Then the stream is made anew, with another epoch.
HEAD_SECONDS = 7 * 24 * 60 * 60
# A user's head names so many channels with their last offsets, and drops the oldest half when there are more:
# with parameters there is no end of channels, and each event to the user writes the head.
CHANNELS_NAMED = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a stream stands. The moments are seconds since the epoch, by the clock of the one who took."""

    epoch: str
    """Made with the stream: another epoch is another history. A younger one is larger."""
    offset: int = 0
    """The last one that was taken."""
    previous: int = 0
    """Of the last one: the offset of the event before it that the same subscriber had to get."""
    made_at: float
    taken_at: tuple[float, ...] = ()
    """When the last offsets were taken, at the earliest: the latest first."""
    least_keep_seconds: int
    """The shortest time for which any row of this epoch was kept."""
    expires_at: float
    last: Mapping[str, int]
    """Of a user's stream: the last offset of each channel that is named."""
    last_of_others: int = 0
    """Of a user's stream: no channel that is not named has a later offset."""
    inbox: int = 0
    """Of a user: how many events the inbox has counted."""
    seen: int = 0
    """Of a user: the inbox is seen up to this number."""
    not_kept: frozenset[str] = frozenset()
    """Channels, as declared, of which events were sent in this epoch and not kept."""

    def last_of(self, channel: str) -> int:
        """Of a user's stream: the channel's last offset, or a later one when it is not named any more.

        Then a client asks once for what it did not miss.
        """
        return self.last.get(channel, self.last_of_others)

    @property
    def surplus(self) -> dict[str, int]:
        """Of a user's stream: the channels that need not be named any more, with their last offsets."""
        if len(self.last) <= CHANNELS_NAMED:
            return {}
        oldest = sorted(self.last, key=self.last.__getitem__)
        return {one: self.last[one] for one in oldest[: -CHANNELS_NAMED // 2]}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRow:
    """One offset of a stream: an event, or the certainty that there is none (`envelope` is empty)."""

    offset: int
    epoch: str
    event_id: str
    channel: str
    envelope: str
    """The message as it is sent to clients, without the epoch."""
    taken_at: tuple[float, ...]
    """When this offset was taken, at the earliest, and those before it."""
    expires_at: float


def channel_stream(channel: str) -> str:
    return f"channel#{channel}"


def user_stream(user_id: str) -> str:
    return f"user#{user_id}"


def stream_of(channel: str, user_id: str | None) -> str:
    """The one stream that an event belongs to, by its name in the table."""
    return channel_stream(channel) if user_id is None else user_stream(user_id)


def channel_keep_seconds(catalog: Catalog, channel: str) -> int:
    """How long a channel's events can be read again; 0: they have no offsets."""
    declared = catalog.channel(channel)
    return 0 if declared is None else int(declared.keep.total_seconds())


def is_whole(head: Head, catalog: Catalog) -> bool:
    """False when channels that are kept now were not for a while: what was sent then has no offset."""
    declared = [catalog.declared.get(name) for name in head.not_kept]
    return not any(one is not None and one.keep for one in declared)


def user_keep_seconds(catalog: Catalog) -> int:
    """How long the rows of a user's stream stay: the same for all its channels.

    So a row that is missing tells nothing about one channel alone. What is older than its own channel's
    `keep` is told to nobody.
    """
    return max((int(one.keep.total_seconds()) for one in catalog.declared.values()), default=0)
