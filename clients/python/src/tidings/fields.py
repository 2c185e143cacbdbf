"""Types for the fields of payloads."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic.fields import FieldInfo


class Left(StrEnum):
    """How a reminder says what is left until its moment."""

    WORDS = "words"
    HOURS = "hours"


def _with_offset(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset: end it with Z or +hh:mm")
    return text


Timestamp = Annotated[str, AfterValidator(_with_offset), Field(json_schema_extra={"format": "date-time"})]
Text = Annotated[str, Field(min_length=1)]
Id = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Percentage = Annotated[float, Field(ge=0, le=100)]
# The system fills these in when it sends a reminder.
TimeLeft = Annotated[str, Field(min_length=1), Left.WORDS]
"""`1 day`, `15 minutes`"""
HoursLeft = Annotated[float, Field(ge=0), Left.HOURS]
"""`2`, `1.5`"""


def is_timestamp(field: FieldInfo) -> bool:
    return any(isinstance(one, AfterValidator) and one.func is _with_offset for one in field.metadata)


def left_in(field: FieldInfo) -> Left | None:
    """How a field says what is left; None for a field that does not."""
    return next((one for one in field.metadata if isinstance(one, Left)), None)
