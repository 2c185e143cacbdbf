"""One event to publish, checked for everything that Tidings would reject it for."""

import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError

from tidings.catalog import Catalog, EventType, Payload
from tidings.errors import InvalidEvent
from tidings.reasons import reasons
from tidings.system import with_system

# What Tidings accepts at most; the rest would end in its queue of rejected events.
EVENT_BYTES: Final = 64 * 1024
ID_CHARACTERS: Final = 128
USER_ID_CHARACTERS: Final = 256
SCHEDULE_KEY_CHARACTERS: Final = 256
SCHEDULE_AHEAD: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event to publish. Its id makes a retry harmless: the same id is delivered once."""

    payload: Payload
    user_id: str | None = None
    """Only to this user's connections; to everyone on the channel when None."""
    deliver_at: str | None = None
    schedule_key: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        """Raise InvalidEvent with everything that Tidings would reject it for."""
        if found := list(self._problems()):
            raise InvalidEvent(found)

    def _problems(self) -> Iterator[str]:
        kind = self.payload.declared
        if kind is None:
            yield f"{type(self.payload).__name__} is no event type: nothing declares it with @event"
            return
        if not kind.from_producers:
            yield f"{kind.name} is not accepted from producers"
            return
        yield from self._problems_of_payload(kind)
        for name, value, most in (
            ("id", self.id, ID_CHARACTERS),
            ("user_id", self.user_id, USER_ID_CHARACTERS),
            ("schedule_key", self.schedule_key, SCHEDULE_KEY_CHARACTERS),
        ):
            if value is not None and not 1 <= len(value) <= most:
                yield f"{name} has {len(value)} characters: 1 to {most} are allowed"
        if kind.name == "schedule.cancelled" and self.schedule_key is None:
            yield "schedule_key is needed: it names what is cancelled"
        if kind.name in ("user.revoked", "user.forgotten") and self.user_id is None:
            yield "user_id is needed: it names whose access ends"
        if self.deliver_at is not None:
            yield from self._problems_of_time(self.deliver_at, for_clients=kind.channel is not None)

    def _problems_of_payload(self, kind: EventType) -> Iterator[str]:
        data = self._data()
        try:
            # As the system will read it: what JSON has no type for, such as a datetime, is text by then.
            kind.payload.model_validate(data)
            kind.channel_of(data)
        except ValidationError as error:
            yield from reasons(error, root="data")
        except ValueError as error:
            yield f"data.{error}"
        if (size := len(json.dumps(data).encode())) > EVENT_BYTES:
            yield f"data has {size} bytes, more than the {EVENT_BYTES} allowed"

    def _problems_of_time(self, text: str, *, for_clients: bool) -> Iterator[str]:
        if not for_clients:
            yield f"deliver_at: {self.type} is not for clients, there is nothing to deliver"
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            yield f"deliver_at: {text!r} is no time: write it as 2025-11-15T13:45:00Z"
            return
        if moment.tzinfo is None:
            yield f"deliver_at: {text!r} has no UTC offset: end it with Z or +hh:mm"
        elif moment > datetime.now(UTC) + SCHEDULE_AHEAD:
            yield f"deliver_at: {text} is more than {SCHEDULE_AHEAD.days} days away"

    @property
    def type(self) -> str:
        """The event type's name."""
        declared = self.payload.declared
        return "" if declared is None else declared.name

    def detail(self, *, sent_at: str | None = None) -> str:
        """As it goes on the bus. `sent_at` orders the events of one conflation key within a second."""
        given = {
            "sent_at": sent_at,
            "id": self.id,
            "user_id": self.user_id,
            "deliver_at": self.deliver_at,
            "schedule_key": self.schedule_key,
        }
        return json.dumps(
            {"data": self._data(), **{name: value for name, value in given.items() if value is not None}}
        )

    def _data(self) -> dict[str, Any]:
        return self.payload.model_dump(mode="json", exclude_unset=True)


def message(event_type: str, data: object, catalog: Catalog, **options: str | None) -> Message:
    """A message from plain data, of a type of the catalogue or of the system. Raises InvalidEvent."""
    types = with_system(catalog).types
    if event_type not in types:
        raise InvalidEvent([f"there is no event type {event_type!r}; there are {', '.join(types)}"])
    given = {name: value for name, value in options.items() if value is not None}
    try:
        payload = types[event_type].payload.model_validate(data)
    except ValidationError as error:
        raise InvalidEvent(reasons(error, root="data")) from error
    return Message(payload=payload, **given)
