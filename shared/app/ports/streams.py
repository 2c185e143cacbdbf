"""Where streams stand, and what is kept of them."""

from collections.abc import Mapping, MutableMapping, Sequence
from typing import Protocol

from shared.domain.streams import Head, LogRow

Remembered = MutableMapping[str, tuple[float, dict[int, LogRow]]]
"""Of each stream: when the first of the rows was read, and the rows by offset."""


class Streams(Protocol):
    def take(
        self, stream: str, taker: str, *, channel: str, now: float, keep_seconds: int, to_inbox: bool = False
    ) -> Head:
        """Take the next offset: the head after it. Makes the stream when there is none.

        `taker` names the event. While nobody took an offset since, the same taker gets the same one again.
        `to_inbox` also counts the user's inbox.
        """

    def write(self, stream: str, row: LogRow) -> bool:
        """Write a row once. False when another event or a reader has filled its offset.

        A hole counts as written where a younger epoch has a row: nobody of its own can write there.
        """

    def heads(self, streams: Sequence[str], *, latest: bool = True) -> Mapping[str, Head]:
        """Of those that there are, by stream; all that was taken before the call is in them.

        Not `latest`: at half the cost, as they were within the last second or so.
        """

    def use(self, stream: str, *, now: float, keep_seconds: int) -> Head:
        """Somebody relies on the stream: make it when there is none, and let its head stay."""

    def not_kept(self, stream: str, channel: str) -> None:
        """An event of this channel is about to be sent, and not kept: noted where there is such a stream.

        `channel` is as declared, so that a head notes few.
        """

    def make_anew(self, stream: str, epoch: str, *, now: float, keep_seconds: int) -> Head:
        """End this epoch, unless another one has begun already. Returns the head of the one that is now.

        Offsets go on, and nobody's offset is taken again.
        """

    def read(self, stream: str, *, after: int, until: int, limit: int) -> Sequence[LogRow]:
        """The rows from `after` to `until`, both included, oldest first, at most `limit`.

        When there is none at `after`, the nearest one before it comes first.
        """

    def read_back(self, stream: str, *, before: int, limit: int) -> Sequence[LogRow]:
        """The rows before an offset, newest first, at most `limit`."""
