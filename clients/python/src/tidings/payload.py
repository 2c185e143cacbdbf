"""What all payloads have in common: strict about what they know, open to what they do not."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict

if TYPE_CHECKING:
    from tidings.events import Channel


def _with_offset(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset: end it with Z or +hh:mm")
    return text


Timestamp = Annotated[str, AfterValidator(_with_offset)]


class Part(BaseModel):
    """An object inside a payload."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class Payload(Part):
    event_type: ClassVar[str]
    channel: ClassVar["Channel | None"]
    """None: known on the bus, never shown to clients."""
    from_producers: ClassVar[bool]


class Unknown(Payload):
    """An event of a type, or a shape, that this version does not know: its fields are in `model_extra`."""

    event_type: ClassVar[str] = ""
    channel: ClassVar["Channel | None"] = None
    from_producers: ClassVar[bool] = False
