"""The environment as one frozen model, read once."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.domain.errors import TidingsError
from shared.domain.limits import CONNECTIONS_PER_USER, HEARTBEAT_SECONDS_MAX, HEARTBEAT_SECONDS_MIN

Name = Annotated[str, Field(min_length=1)]
Url = Annotated[str, Field(pattern=r"^https?://")]
# Keys over plain HTTP come from this machine only.
JWKS_URL = r"^(https://|http://(localhost|127\.0\.0\.1)[:/])"
SECRET_ARN = r"^arn:[^:]+:(secretsmanager:[^:]+:[0-9]+:secret:|ssm:[^:]+:[0-9]+:parameter/)"  # noqa: S105  a name, not a secret
ALGORITHM = "(RS|PS|ES)(256|384|512)"


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
    heartbeat_shares: Annotated[int, Field(ge=1, le=1024)] = 1
    """Pings go to this many equal shares of the connections in turn, spread evenly over the interval."""
    sweep_units_per_tick: Annotated[int, Field(ge=0)] = 25
    """What the sweep may take of DynamoDB's units a minute; 0 turns it off."""
    posts_per_second: Annotated[int, Field(ge=1)]
    """Our share of the account's request rate (10,000 a second by default, shared by all APIs)."""
    access_table: Name
    auth_mode: Literal["none", "jwt"] = "none"
    auth_issuer: Name | None = None
    auth_audience: Name | None = None
    auth_jwks_url: Annotated[str, Field(pattern=JWKS_URL)] | None = None
    auth_secret_arn: Annotated[str, Field(pattern=SECRET_ARN)] | None = None
    """Of Secrets Manager or of SSM Parameter Store."""
    auth_algorithms: Annotated[str, Field(pattern=rf"^{ALGORITHM}(,{ALGORITHM})*$")] = "RS256,ES256"
    """With a secret it is HS256, always: a public key must never be taken for a secret."""
    auth_user_claim: Name = "sub"
    auth_channels_claim: Name = "channels"
    allowed_origins: str = ""
    """Comma separated; empty: all."""
    allow_missing_origin: bool = True
    connections_per_user: Annotated[int, Field(ge=1)] = CONNECTIONS_PER_USER
    when_user_is_full: Literal["newest_wins", "newest_is_refused"] = "newest_wins"

    @property
    def algorithms(self) -> tuple[str, ...]:
        return tuple(self.auth_algorithms.split(",")) if self.auth_secret_arn is None else ("HS256",)

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(origin.strip() for origin in self.allowed_origins.split(",") if origin.strip())

    @model_validator(mode="after")
    def _authentication_is_whole(self) -> Self:
        if self.auth_mode == "jwt":
            if self.auth_issuer is None or self.auth_audience is None:
                raise ValueError("AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE")
            if (self.auth_jwks_url is None) == (self.auth_secret_arn is None):
                raise ValueError("AUTH_MODE=jwt needs one of AUTH_JWKS_URL and AUTH_SECRET_ARN")
        return self

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
            problems = [
                ": ".join([*(str(part).upper() for part in error["loc"]), error["msg"]])
                for error in exc.errors()
            ]
            raise SettingsError("bad environment: " + "; ".join(problems)) from exc
