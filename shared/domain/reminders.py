"""What an event plans, moves or drops, as its type declares it."""

from hashlib import sha256
from urllib.parse import quote

from shared.domain.intake import CANCELLED, AcceptedEvent
from shared.domain.limits import SCHEDULE_KEY_CHARACTERS
from shared.domain.moments import parse_time
from shared.domain.schedule import Cancelled, PlanChange, Planned, plan_of, producer_key, revision_of
from tidings.catalog import Catalog, Reminder


def changes_of(event: AcceptedEvent, catalog: Catalog, *, now: float) -> list[PlanChange]:
    """What an event changes in the schedule; empty for most events."""
    changes: list[PlanChange] = [] if event.deliver_at is None else [plan_of(event)]
    if event.type.name == CANCELLED and event.schedule_key is not None:
        changes.append(
            Cancelled(key=producer_key(event.schedule_key), revision=revision_of(event), told_by=event.id)
        )
    for reminder in event.type.plans:
        changes += _told(event, reminder, catalog, follows=False, now=now)
    for reminder in event.type.moves:
        changes += _told(event, reminder, catalog, follows=True, now=now)
    for reminder in event.type.drops:
        changes += _dropped(event, reminder, follows=True)
    return changes


def _told(
    event: AcceptedEvent, reminder: Reminder, catalog: Catalog, *, follows: bool, now: float
) -> list[PlanChange]:
    if any(event.data.get(field) in [*values] for field, values in reminder.dropped_when.items()):
        return _dropped(event, reminder, follows=follows)
    moment, revision = parse_time(event.data[reminder.at]), revision_of(event, follows=follows)
    data = _data(event, reminder, catalog)
    changes: list[PlanChange] = []
    for key, seconds in _keys(event, reminder):
        due_at = int(moment - seconds)
        if due_at < now and not reminder.even_late:
            # What an earlier event planned for another moment must not come any more; what it planned for
            # this one is late, and still does.
            changes.append(Cancelled(key=key, revision=revision, told_by=event.id, unless_due_at=due_at))
            continue
        changes.append(
            Planned(
                key=key,
                due_at=due_at,
                revision=revision,
                told_by=event.id,
                event_id=f"{key}@{due_at}",
                event_type=reminder.type,
                data=data,
                user_id=event.user_id,
                counts_down_to=moment,
            )
        )
    return changes


def _dropped(event: AcceptedEvent, reminder: Reminder, *, follows: bool) -> list[PlanChange]:
    revision = revision_of(event, follows=follows)
    return [
        Cancelled(key=key, revision=revision, told_by=event.id) for key, _seconds in _keys(event, reminder)
    ]


def _data(event: AcceptedEvent, reminder: Reminder, catalog: Catalog) -> dict[str, object]:
    sent = catalog.types[reminder.type].payload.__pydantic_fields__
    known = event.type.payload.__pydantic_fields__
    return {
        name: value
        for name, value in event.data.items()
        if (name in sent if name in known else reminder.extra_fields)
    }


def _keys(event: AcceptedEvent, reminder: Reminder) -> list[tuple[str, int]]:
    """Under what each reminder is planned, and how many seconds before its moment."""
    # The owner is part of the key: one user's event can never move another user's reminder. A text is quoted,
    # so that no user and text together look like another user and text.
    owner = "*" if event.user_id is None else f"@{event.user_id}"
    about = quote(str(event.data[reminder.key]), safe="")
    if len(about) > SCHEDULE_KEY_CHARACTERS:
        about = sha256(about.encode()).hexdigest()
    return [(f"{reminder.prefix}:{owner}:{about}{ending}", seconds) for ending, seconds in reminder.offsets]
