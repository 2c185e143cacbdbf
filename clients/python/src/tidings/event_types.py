"""What an event type is: its payload, and all that is said of it where it is declared."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from tidings.channels import Channel
from tidings.fields import Left, left_in
from tidings.reminders import Reminder


class Payload(BaseModel):
    """Base of all payloads, and of objects in them: strict (no "42" for 42), open (extra fields stay)."""

    # Built at its first event: a function starts without the validators of types that it never meets.
    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)

    declared: ClassVar["EventType | None"] = None
    """Set by `event`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflation:
    """At most one message per key and audience in a window; of those held back, only the latest is sent.

    Never for a type that a user must not miss.
    """

    window_seconds: int
    key_field: str | None = None
    """The payload field whose values are kept apart; None where the latest is the latest for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    name: str
    payload: type[Payload]
    on: Channel | None
    """None: known on the bus, never shown to clients."""
    from_producers: bool = True
    conflation: Conflation | None = None
    inbox: bool = False
    """Addressed to a user, it is counted in that user's inbox, on all devices."""
    unseen_after: timedelta | None = None
    """What the user has not seen in the inbox by then goes on the bus, as `delivery.unseen`."""
    plans: tuple[Reminder, ...] = ()
    moves: tuple[Reminder, ...] = ()
    """Planned as by `plans`, by an event that only comes after the one that planned it first."""
    drops: tuple[Reminder, ...] = ()
    sample: Mapping[str, Any] | None = None
    """A realistic payload, to try the type with; `now` and `now+2d` in it stand for times."""

    @property
    def changes_plans(self) -> bool:
        return bool(self.plans or self.moves or self.drops)

    @property
    def countdowns(self) -> Mapping[str, Left]:
        """The fields that are filled in when a reminder is sent."""
        fields: Mapping[str, Any] = self.payload.__pydantic_fields__
        return {name: left for name, one in fields.items() if (left := left_in(one)) is not None}

    @property
    def channel(self) -> str | None:
        """As it is declared: `orders/{order_id}`."""
        return None if self.on is None else self.on.name

    def channel_of(self, data: Mapping[str, Any]) -> str | None:
        """The channel that an event with this payload goes to: `orders/42`. Raises ValueError."""
        return None if self.on is None else self.on.filled(data)
