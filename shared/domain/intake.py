"""What producers put on the bus, checked: an event we can carry out, or the reasons why not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.domain.envelope import Envelope, encode
from shared.domain.errors import EventRejected, TryAgain
from shared.domain.limits import (
    CLOCK_SKEW_SECONDS,
    EVENT_BYTES,
    EVENT_DEPTH,
    EVENT_ID_CHARACTERS,
    SCHEDULE_AHEAD_SECONDS,
    SCHEDULE_KEY_CHARACTERS,
    USER_ID_CHARACTERS,
)
from shared.domain.moments import parse_time, wire_time
from shared.domain.nesting import is_deeper_than
from tidings.catalog import Catalog, EventType

CANCELLED = "schedule.cancelled"
USER_REVOKED = "user.revoked"
USER_FORGOTTEN = "user.forgotten"
# An event that came so long after its own time was replayed or sent late: its own time orders it.
REPLAYED_SECONDS = 5.0
# A payload can be wrong in thousands of places; a reader needs the first few.
_NAMED = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEvent:
    """An EventBridge event, as far as we read it."""

    event_id: str
    source: str
    detail_type: str
    detail: Any
    occurred_at: float
    """Whole seconds since the epoch: EventBridge's times have no finer parts."""
    ingested_at: float | None = None
    """When EventBridge received it, as fine as EventBridge says it."""

    @classmethod
    def from_eventbridge(cls, invocation: Mapping[str, Any]) -> Self:
        """Read an event as it is, or in the form that the bus's rule gives it: beside its ingestion time."""
        event = invocation.get("event", invocation)
        ingested_at = invocation.get("ingested_at")
        return cls(
            event_id=event["id"],
            source=event["source"],
            detail_type=event["detail-type"],
            detail=event["detail"],
            occurred_at=parse_time(event["time"]),
            ingested_at=None if ingested_at is None else parse_time(ingested_at),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedEvent:
    id: str
    type: EventType
    data: Mapping[str, Any]
    user_id: str | None
    occurred_at: float
    deliver_at: float | None = None
    schedule_key: str | None = None
    ordered_at: float | None = None
    """Orders the events of one conflation key, where it is known more finely than `occurred_at`."""

    @property
    def channel(self) -> str | None:
        """The name of the channel it goes to, with the payload's values: `orders/42`."""
        return self.type.channel_of(self.data)

    @property
    def moment(self) -> float:
        """When the producer sent it, as finely as that is known, in seconds since the epoch."""
        return self.occurred_at if self.ordered_at is None else self.ordered_at

    def envelope(self, *, sent_at: float | None = None) -> Envelope:
        """The message for clients. `sent_at` is given for what was planned: its moment is the sending."""
        return Envelope(
            type=self.type.name,
            data=self.data,
            timestamp=wire_time(self.occurred_at if sent_at is None else sent_at),
            id=self.id,
            channel=self.channel,
        )


def held_form(event: AcceptedEvent) -> dict[str, Any]:
    """An accepted event as plain values, to be kept and read back with `from_held_form`."""
    return {
        "id": event.id,
        "type": event.type.name,
        "data": dict(event.data),
        "user_id": event.user_id,
        "occurred_at": event.occurred_at,
        "ordered_at": event.ordered_at,
    }


def from_held_form(held: Mapping[str, Any], catalog: Catalog) -> AcceptedEvent:
    """Fields that only a newer version knows are passed over. Raises TryAgain."""
    type_ = catalog.types.get(held["type"])
    if type_ is None:
        raise TryAgain(f"a newer version has the event type {held['type']!r}")
    return AcceptedEvent(
        id=held["id"],
        type=type_,
        data=held["data"],
        user_id=held["user_id"],
        occurred_at=held["occurred_at"],
        ordered_at=held.get("ordered_at"),
    )


class _Detail(BaseModel):
    # Closed: a misspelt user_id must never turn one user's event into everybody's.
    model_config = ConfigDict(extra="forbid", strict=True)

    data: dict[str, Any] = {}
    user_id: Annotated[str, Field(min_length=1, max_length=USER_ID_CHARACTERS)] | None = None
    id: Annotated[str, Field(min_length=1, max_length=EVENT_ID_CHARACTERS)] | None = None
    deliver_at: str | None = None
    schedule_key: Annotated[str, Field(min_length=1, max_length=SCHEDULE_KEY_CHARACTERS)] | None = None
    sent_at: str | None = None


def accept(event: BusEvent, catalog: Catalog, *, now: float) -> AcceptedEvent:
    """Check an event from the bus. Raises EventRejected with every reason found."""
    type_ = catalog.types.get(event.detail_type)
    if type_ is None:
        raise EventRejected([f"unknown event type {event.detail_type!r}"])
    if not type_.from_producers:
        raise EventRejected([f"{event.detail_type} is sent by the system itself, not by producers"])
    detail = _checked_detail(event.detail)
    _check_payload(type_, detail.data)
    for reminder in (*type_.plans, *type_.moves):
        _check_channel(catalog.types[reminder.type], detail.data)
    if type_.name == CANCELLED and detail.schedule_key is None:
        raise EventRejected(["detail.schedule_key: needed to cancel what it names"])
    if type_.channel is None and detail.deliver_at is not None:
        raise EventRejected(
            [f"detail.deliver_at: {type_.name} is not for clients, there is nothing to deliver"]
        )
    if type_.name in (USER_REVOKED, USER_FORGOTTEN) and detail.user_id is None:
        raise EventRejected(["detail.user_id: needed to say whose access ends"])
    return AcceptedEvent(
        id=detail.id or event.event_id,
        type=type_,
        data=detail.data,
        user_id=detail.user_id,
        occurred_at=event.occurred_at,
        deliver_at=_checked_deliver_at(detail.deliver_at, now=now),
        schedule_key=detail.schedule_key,
        ordered_at=_ordered_at(event, detail, now=now),
    )


def _checked_detail(detail: Any) -> _Detail:
    if is_deeper_than(EVENT_DEPTH, detail):
        raise EventRejected([f"detail is nested more than {EVENT_DEPTH} levels deep"])
    try:
        return _Detail.model_validate(detail)
    except ValidationError as exc:
        raise EventRejected(_reasons(exc, "detail")) from exc


def _check_payload(type_: EventType, data: Mapping[str, Any]) -> None:
    try:
        size_bytes = len(encode(data).encode())
    except ValueError as exc:
        # 1e999 is valid JSON and infinite in Python, which no client could read.
        raise EventRejected(["detail.data: a number is too large"]) from exc
    if size_bytes > EVENT_BYTES:
        raise EventRejected([f"detail.data is {size_bytes} bytes, the limit is {EVENT_BYTES}"])
    try:
        type_.payload.model_validate(data)
    except ValidationError as exc:
        raise EventRejected(_reasons(exc, "detail.data")) from exc
    _check_channel(type_, data)


def _check_channel(type_: EventType, data: Mapping[str, Any]) -> None:
    try:
        type_.channel_of(data)
    except ValueError as exc:
        raise EventRejected([f"detail.data.{exc}"]) from exc


def _ordered_at(event: BusEvent, detail: _Detail, *, now: float) -> float | None:
    """The producer's own moment, else the one at which EventBridge received the event."""
    sent_at = _checked_moment("sent_at", detail.sent_at)
    if sent_at is not None:
        if sent_at > now + CLOCK_SKEW_SECONDS:
            # It would keep back every event of its key that is sent until then.
            raise EventRejected([f"detail.sent_at: {detail.sent_at} is in the future"])
        return sent_at
    if event.ingested_at is None or event.ingested_at - event.occurred_at > REPLAYED_SECONDS:
        return None
    return event.ingested_at


def _checked_moment(field: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_time(text)
    except ValueError as exc:
        raise EventRejected([f"detail.{field}: {exc}"]) from exc


def _checked_deliver_at(text: str | None, *, now: float) -> float | None:
    deliver_at = _checked_moment("deliver_at", text)
    if deliver_at is None:
        return None
    if deliver_at > now + SCHEDULE_AHEAD_SECONDS:
        raise EventRejected([f"detail.deliver_at: {text} is more than 365 days away"])
    return deliver_at


def _reasons(exc: ValidationError, root: str) -> list[str]:
    found = exc.errors()
    reasons = [".".join([root, *map(str, error["loc"])]) + f": {error['msg']}" for error in found[:_NAMED]]
    return reasons if len(found) <= _NAMED else [*reasons, f"and {len(found) - _NAMED} more"]
