"""What is planned for later, and what it says when its time has come."""

from dataclasses import dataclass
from typing import Any

from shared.domain.countdown import told
from shared.domain.deliveries import Scheduled
from shared.domain.errors import TryAgain
from shared.domain.intake import AcceptedEvent
from tidings.catalog import Catalog

# A tick runs each minute, but may come late or not at all: each plans so far ahead that one may be missing.
# What two ticks plan both goes out once, since its id is derived from its key and its moment.
HORIZON_SECONDS = 150

DAY_SECONDS = 24 * 60 * 60
# What was sent stays so long that a replayed event finds it and plans it no second time.
KEPT_AFTER_DUE_SECONDS = 7 * DAY_SECONDS
# EventBridge retries for up to a day: an older event that late must still find the cancellation.
KEPT_CANCELLED_SECONDS = 2 * DAY_SECONDS


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A message planned for a moment."""

    key: str
    revision: int
    """Orders what events say about a key, see `revision_of`: older events never undo newer ones."""
    told_by: str
    """The id of the event that says so. Told twice, it counts once."""
    due_at: int
    """Seconds since the epoch."""
    event_id: str
    event_type: str
    data: dict[str, Any]
    user_id: str | None = None
    counts_down_to: float | None = None
    """For reminders: the moment that they remind of."""

    @property
    def due(self) -> Scheduled:
        """Its name on the queue."""
        return Scheduled(schedule_key=self.key, due_at=self.due_at)

    @property
    def expires_at(self) -> int:
        return max(self.due_at, _seconds(self.revision)) + KEPT_AFTER_DUE_SECONDS


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    """What older events planned under this key is not to be sent."""

    key: str
    revision: int
    told_by: str
    unless_due_at: int | None = None
    """A plan for just this moment stays: its time has come, and it may be on its way."""

    @property
    def expires_at(self) -> int:
        return _seconds(self.revision) + KEPT_CANCELLED_SECONDS


PlanChange = Planned | Cancelled


def producer_key(schedule_key: str) -> str:
    """Producers' keys live apart from the ones derived here."""
    return f"key:{schedule_key}"


def plan_of(event: AcceptedEvent) -> Planned:
    """The plan for an event with `deliver_at`."""
    if event.deliver_at is None:
        raise ValueError(f"{event.id} has no deliver_at")
    key = f"event:{event.id}" if event.schedule_key is None else producer_key(event.schedule_key)
    return Planned(
        key=key,
        due_at=int(event.deliver_at),
        revision=revision_of(event),
        told_by=event.id,
        event_id=event.id,
        event_type=event.type.name,
        data=dict(event.data),
        user_id=event.user_id,
    )


def revision_of(event: AcceptedEvent, *, follows: bool = False) -> int:
    """A number that grows with the event's moment: the producer's own where it says one.

    EventBridge's times have whole seconds: `follows` puts what can only come after a creation (an update, a
    cancellation) behind it within the second. Other ties are won by the event that arrives last.
    """
    return int(event.moment * 1000) * 2 + follows


def _seconds(revision: int) -> int:
    return revision // 2000


def release(planned: Planned, catalog: Catalog, *, now: float) -> AcceptedEvent | None:
    """The event to send now, or None when the moment that it reminds of has come, and it is not sent late.

    Raises TryAgain for a type that this version's catalogue does not have.
    """
    type_ = catalog.types.get(planned.event_type)
    if type_ is None:
        raise TryAgain(f"a newer version has the event type {planned.event_type!r}")
    data = planned.data
    if planned.counts_down_to is not None:
        reminder, left_seconds = catalog.reminder(type_.name), planned.counts_down_to - now
        if left_seconds <= 0 and not (reminder is not None and reminder.even_late):
            return None
        countdowns = {name: told(left, max(0.0, left_seconds)) for name, left in type_.countdowns.items()}
        data = {**data, **countdowns}
    return AcceptedEvent(id=planned.event_id, type=type_, data=data, user_id=planned.user_id, occurred_at=now)
