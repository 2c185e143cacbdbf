"""What an event leaves behind: an offset of its stream, and the row from which it can be read again."""

import json
from dataclasses import replace

from shared.app import unseen
from shared.app.ports import Ports
from shared.app.ports.inbox import Item
from shared.domain.envelope import Envelope
from shared.domain.errors import TryAgain
from shared.domain.history import may_be_deleted
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

# A row of the inbox that is written so late may be behind what the user has seen meanwhile.
LATE_SECONDS = 1.0
# So many rows back a retry looks for what the invocation before it has written.
LOOKED_BACK = 100
# An offset that was taken earlier than so long ago was taken by an invocation before this one.
FRESH_SECONDS = 1.0


def remember(
    ports: Ports,
    event: AcceptedEvent,
    message: Envelope,
    receipt: Receipt,
    lease: Lease,
    *,
    again: bool = False,
) -> Envelope:
    """The message as clients get it: with its place in the stream, where the event is kept.

    Its receipt keeps the place, so that an invocation that goes on uses the same. `again`: an invocation
    has begun this event before. Raises TryAgain.
    """
    channel = event.channel or ""
    if not channel_keep_seconds(ports.catalog, channel):
        if declared := ports.catalog.channel(channel):
            ports.streams.not_kept(stream_of(channel, event.user_id), declared.name)
        return message
    if receipt.offset:
        return _placed(event, message, receipt)
    if event.user_id is None or not event.type.inbox:
        _take(ports, event, message, receipt, lease)
        return _placed(event, message, receipt)
    _take_for_inbox(ports, event, message, receipt, lease, again=again)
    placed = _placed(event, message, receipt)
    item = Item(receipt.inbox, channel, placed.to_json())
    expires_at = ports.clock.now() + channel_keep_seconds(ports.catalog, channel)
    # Before the item: who dies between the two, and is not tried again, leaves no item that nobody looks for.
    unseen.plan(ports, event, placed)
    ports.inbox.write(event.user_id, item, expires_at=expires_at)
    return placed


def _take_for_inbox(
    ports: Ports, event: AcceptedEvent, message: Envelope, receipt: Receipt, lease: Lease, *, again: bool
) -> None:
    """A place that is counted once, and that the user's cursor has not gone past."""
    user_id, began_at = event.user_id or "", ports.clock.now()
    tries = _find(ports, event, receipt) if again else 0
    while True:
        if not receipt.offset:
            _take(ports, event, message, receipt, lease, tries=tries)
        is_late = again or ports.clock.now() - began_at > LATE_SECONDS
        if not (is_late and _is_passed(ports, user_id, receipt.inbox)):
            return
        receipt.offset, tries = 0, tries + 1


def _find(ports: Ports, event: AcceptedEvent, receipt: Receipt) -> int:
    """The place that was taken for an event last, and how often one was."""
    stream = stream_of(event.channel or "", event.user_id)
    head = ports.streams.heads([stream]).get(stream)
    if head is None:
        return 0
    rows = ports.streams.read_back(stream, before=head.offset + 1, limit=LOOKED_BACK)
    found = [row for row in rows if row.event_id == event.id and row.epoch == head.epoch]
    if found:
        envelope = json.loads(found[0].envelope)
        receipt.offset, receipt.epoch = found[0].offset, found[0].epoch
        receipt.previous, receipt.inbox = envelope["previous"], envelope["inbox"]
    return len(found)


def _is_passed(ports: Ports, user_id: str, number: int) -> bool:
    """Whether an item that has no row yet counts as seen: the user cannot have seen it."""
    if ports.inbox.standing(user_id).seen < number:
        return False
    items, _ = ports.inbox.page(user_id, before=number + 1, limit=1, now=ports.clock.now())
    return [one.number for one in items] != [number]


def _take(
    ports: Ports, event: AcceptedEvent, message: Envelope, receipt: Receipt, lease: Lease, *, tries: int = 0
) -> None:
    channel, stream = event.channel or "", stream_of(event.channel or "", event.user_id)
    of_channel = channel_keep_seconds(ports.catalog, channel)
    keep_seconds = of_channel if event.user_id is None else user_keep_seconds(ports.catalog)
    to_inbox = event.type.inbox and event.user_id is not None
    while True:
        now = ports.clock.now()
        head = ports.streams.take(
            stream,
            # Whose offset was filled with something else needs another one.
            f"{event.id}#{tries}" if tries else event.id,
            channel=channel,
            now=now,
            keep_seconds=keep_seconds,
            to_inbox=to_inbox,
        )
        if head.taken_at[0] < now - FRESH_SECONDS and may_be_deleted(head, head.taken_at[0], now):
            # Readers may have filled it and passed it long ago, and what they wrote there is deleted.
            tries += 1
            continue
        receipt.epoch, receipt.offset, receipt.previous = head.epoch, head.offset, head.previous
        receipt.inbox = head.inbox if to_inbox else 0
        now = ports.clock.now()
        if now >= lease.until:
            raise TryAgain(f"{event.id}: another invocation has taken it over")
        row = LogRow(
            offset=head.offset,
            epoch=head.epoch,
            event_id=event.id,
            channel=channel,
            # The answer to `history` says the epoch once for all events.
            envelope=replace(_placed(event, message, receipt), epoch=None).to_json(),
            taken_at=head.taken_at,
            expires_at=now + keep_seconds,
        )
        if ports.streams.write(stream, row):
            return
        tries += 1


def _placed(event: AcceptedEvent, message: Envelope, receipt: Receipt) -> Envelope:
    return replace(
        message,
        stream=event.channel if event.user_id is None else MINE,
        epoch=receipt.epoch or None,
        offset=receipt.offset,
        previous=receipt.previous,
        inbox=receipt.inbox or None,
    )
