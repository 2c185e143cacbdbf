"""The environment as one frozen model, read once."""

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from shared.domain.errors import TidingsError
from shared.domain.limits import HEARTBEAT_SECONDS_MAX, HEARTBEAT_SECONDS_MIN

Name = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern=r"^https?://")]


class SettingsError(TidingsError):
    """The environment lacks a variable or holds a bad one; the message names each."""


class Settings(BaseModel):
    """Each field is the environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    stage: Name
    connections_table: Name
    subscriptions_table: Name
    events_table: Name
    schedule_table: Name
    delivery_queue_url: Url
    rejected_queue_url: Url
    ws_endpoint: Url
    """The management API's endpoint: never rebuilt from an event (custom domains, the scheduler, local)."""
    topic_shards: Annotated[int, Field(ge=1, le=1024)]
    heartbeat_seconds: Annotated[int, Field(ge=HEARTBEAT_SECONDS_MIN, le=HEARTBEAT_SECONDS_MAX)]
    posts_per_second: Annotated[int, Field(ge=1)]
    """Our share of the account's request rate (10,000 a second by default, shared by all APIs)."""

    parts_queue_url: Url | None = None
    """Where parts of large events wait, so that nothing small waits behind them."""
    parts_at_once: Annotated[int, Field(ge=1)] = 2
    """How many invocations carry out parts at once: they share the posts a second."""
    targets_per_run: Annotated[int, Field(ge=1)] = 20_000
    """What one invocation posts before it divides the rest: ten seconds' worth at 2,000 posts a second."""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        present = {name: environment.get(name.upper()) for name in cls.model_fields}
        try:
            return cls.model_validate({name: text for name, text in present.items() if text is not None})
        except ValidationError as exc:
            problems = [f"{str(error['loc'][0]).upper()}: {error['msg']}" for error in exc.errors()]
            raise SettingsError("bad environment: " + "; ".join(problems)) from exc
