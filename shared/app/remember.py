"""What an event leaves behind: an offset of its stream, and the row from which it can be read again."""

from dataclasses import dataclass, replace

from shared.app.fan_out.run import LeaseLost
from shared.app.ports.clock import Clock
from shared.app.ports.streams import Streams
from shared.domain.envelope import Envelope
from shared.domain.intake import AcceptedEvent
from shared.domain.lease import Lease
from shared.domain.receipt import Receipt
from shared.domain.streams import (
    MINE,
    LogRow,
    channel_keep_seconds,
    stream_of,
    user_keep_seconds,
)
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Remember:
    streams: Streams
    clock: Clock
    catalog: Catalog

    def __call__(self, event: AcceptedEvent, message: Envelope, receipt: Receipt, lease: Lease) -> Envelope:
        """The message as clients get it: with its place in the stream, where the event is kept.

        Its receipt keeps the place, so that an invocation that goes on uses the same. Raises LeaseLost.
        """
        channel = event.channel or ""
        if not channel_keep_seconds(self.catalog, channel):
            return message
        if not receipt.offset:
            self._take(event, message, receipt, lease)
        return _placed(event, message, receipt)

    def _take(self, event: AcceptedEvent, message: Envelope, receipt: Receipt, lease: Lease) -> None:
        channel, stream = event.channel or "", stream_of(event.channel or "", event.user_id)
        keep_seconds = (
            channel_keep_seconds(self.catalog, channel)
            if event.user_id is None
            else user_keep_seconds(self.catalog)
        )
        to_inbox = event.type.inbox and event.user_id is not None
        tries = 0
        while True:
            head = self.streams.take(
                stream,
                # Whose offset was filled with something else needs another one.
                f"{event.id}#{tries}" if tries else event.id,
                channel=channel,
                now=self.clock.now(),
                keep_seconds=keep_seconds,
                to_inbox=to_inbox,
            )
            receipt.offset, receipt.previous = head.offset, head.previous
            receipt.inbox = head.inbox if to_inbox else 0
            now = self.clock.now()
            if now >= lease.until:
                raise LeaseLost(event.id)
            row = LogRow(
                offset=head.offset,
                epoch=head.epoch,
                event_id=event.id,
                channel=channel,
                envelope=_placed(event, message, receipt).to_json(),
                taken_at=head.taken_at,
                expires_at=now + keep_seconds,
            )
            if self.streams.write(stream, row):
                return
            tries += 1


def _placed(event: AcceptedEvent, message: Envelope, receipt: Receipt) -> Envelope:
    return replace(
        message,
        stream=event.channel if event.user_id is None else MINE,
        offset=receipt.offset,
        previous=receipt.previous,
        inbox=receipt.inbox or None,
    )
