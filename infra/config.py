"""The settings of each stage. Every one can be set for one run: `-c heartbeat_seconds=60`."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator
from pydantic.dataclasses import dataclass

FunctionName = Literal["connect", "disconnect", "default", "publisher", "scheduler"]
# Retention periods CloudWatch Logs accepts.
LogDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365]


# Keys over plain HTTP come from this machine only.
JWKS_URL = r"^(https://|http://(localhost|127\.0\.0\.1)[:/])"
SECRET_ARN = r"^arn:[^:]+:(secretsmanager:[^:]+:[0-9]+:secret:|ssm:[^:]+:[0-9]+:parameter/)"  # noqa: S105 - a name
ALGORITHM = "(RS|PS|ES)(256|384|512)"


class ConfigError(ValueError):
    """A setting is missing or wrong; the message names it and says what is allowed."""


def _as_int(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _as_pairs(value: object) -> object:
    """`publisher=50,connect=20`, as one writes it on the command line."""
    if not isinstance(value, str):
        return value
    return dict(pair.strip().partition("=")[::2] for pair in value.split(",") if pair.strip())


@dataclass(frozen=True, kw_only=True)
class StageConfig:
    stage: str
    keep_data: bool
    """Tables get point-in-time recovery and deletion protection, and outlive the stack."""
    topic_shards: Annotated[int, Field(ge=1, le=256)]
    """Partitions per topic, each good for 1,000 writes a second. Changing it moves every subscription."""
    heartbeat_seconds: Annotated[int, Field(ge=30, le=540)] = 30
    """API Gateway cuts a connection that is idle for 600 s."""
    heartbeat_shares: Annotated[int, Field(ge=1, le=256)] = 1
    """Pings go to this many shares of the connections in turn, not to all in the same second."""
    sweep_units_per_tick: Annotated[int, Field(ge=0, le=10_000)] = 25
    """DynamoDB units a minute for the search for rows of lost connections; 0 turns it off."""
    auth_mode: Literal["none", "jwt"] = "none"
    """`none` believes `?user_id=`; `jwt` needs the next three, see docs/security.md."""
    auth_issuer: str | None = None
    auth_audience: str | None = None
    auth_jwks_url: Annotated[str, Field(pattern=JWKS_URL)] | None = None
    auth_secret_arn: Annotated[str, Field(pattern=SECRET_ARN)] | None = None
    """Of Secrets Manager or SSM Parameter Store, for HS256: in place of auth_jwks_url."""
    auth_algorithms: Annotated[str, Field(pattern=rf"^{ALGORITHM}(,{ALGORITHM})*$")] = "RS256,ES256"
    auth_user_claim: str = "sub"
    auth_channels_claim: str = "channels"
    customer_key: bool = False
    """Tables and queues under a KMS key of the account's own; else under AWS's."""
    allowed_origins: str = ""
    """`https://app.example.com,https://*.example.com`; empty lets pages of any origin connect."""
    allow_missing_origin: bool = True
    connections_per_user: Annotated[int, Field(ge=1)] = 20
    when_user_is_full: Literal["newest_wins", "newest_is_refused"] = "newest_wins"
    posts_per_second: Annotated[int, Field(ge=1, le=10_000)]
    """Our share of the account's 10,000 API Gateway requests a second, for posts to clients."""
    messages_per_second: Annotated[int, Field(ge=1, le=10_000)]
    """Throttle of the stage: what all clients together may send, and its burst."""
    messages_burst: Annotated[int, Field(ge=1, le=5_000)]
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_retention_days: Annotated[LogDays, BeforeValidator(_as_int)]
    archive_days: Annotated[int, Field(ge=1)]
    """How long the bus's archive can replay events."""
    publisher_max_concurrency: Annotated[int, Field(ge=2, le=1_000)]
    """Publishers the delivery queue may keep busy at once; 2 is the least that SQS accepts."""
    parts_at_once: Annotated[int, Field(ge=2, le=1_000)]
    """Publishers that carry out parts of large events at once; they share the posts a second."""
    targets_per_run: Annotated[int, Field(ge=1, le=100_000)] = 20_000
    """What one publisher posts of an event before the rest is divided: ten seconds at 2,000 a second."""
    delivery_attempts: Annotated[int, Field(ge=1, le=1_000)] = 12
    """Receives of one delivery before it goes to the dead-letter queue."""
    reserved_concurrency: Annotated[
        Mapping[FunctionName, Annotated[int, Field(ge=1)]], BeforeValidator(_as_pairs)
    ] = Field(default_factory=dict)
    snap_start: bool = True
    tracing: bool = True
    """Each with its price, see docs/deploying.md."""
    account_logging_role: bool = True
    """Make the role API Gateway writes logs with. It is one per account and Region, see docs/deploying.md."""
    domain_name: str | None = None
    certificate_arn: Annotated[str, Field(pattern=r"^arn:[^:]+:acm:")] | None = None
    alarm_email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None

    @property
    def metrics_namespace(self) -> str:
        """One per stage: stages that share an account must not share their graphs and alarms."""
        return f"Tidings/{self.stage}"

    @model_validator(mode="after")
    def _settings_agree(self) -> Self:
        if (self.domain_name is None) != (self.certificate_arn is None):
            raise ValueError("domain_name and certificate_arn belong together: give both or neither")
        if self.heartbeat_shares > self.topic_shards:
            raise ValueError(
                f"heartbeat_shares ({self.heartbeat_shares}) must not be more than "
                f"topic_shards ({self.topic_shards}): a share consists of whole shards"
            )
        reserved = self.reserved_concurrency.get("publisher")
        if reserved is not None and reserved < self.publisher_max_concurrency:
            raise ValueError(
                f"reserved_concurrency of publisher ({reserved}) must not be less than "
                f"publisher_max_concurrency ({self.publisher_max_concurrency}), else deliveries are throttled"
            )
        return self

    def check_authentication(self) -> None:
        """Not with the other checks: prod as it stands in this file lacks what only its owner knows.

        Raises ConfigError.
        """
        if self.auth_mode == "none":
            return
        missing = [name for name in ("auth_issuer", "auth_audience") if getattr(self, name) is None]
        if self.auth_jwks_url is None and self.auth_secret_arn is None:
            missing.append("auth_jwks_url (or auth_secret_arn)")
        if missing:
            raise ConfigError(
                f"Stage {self.stage}: auth_mode is jwt, and so needs {', '.join(missing)}: "
                "-c auth_issuer=https://… -c auth_audience=… -c auth_jwks_url=https://…, see docs/security.md"
            )
        if self.auth_jwks_url is not None and self.auth_secret_arn is not None:
            raise ConfigError(f"Stage {self.stage}: auth_jwks_url and auth_secret_arn exclude each other")


STAGES: Mapping[str, StageConfig] = {
    config.stage: config
    for config in (
        StageConfig(
            stage="dev",
            keep_data=False,
            topic_shards=2,
            posts_per_second=500,
            messages_per_second=100,
            messages_burst=50,
            log_retention_days=7,
            archive_days=7,
            publisher_max_concurrency=5,
            parts_at_once=2,
        ),
        StageConfig(
            stage="prod",
            auth_mode="jwt",
            keep_data=True,
            topic_shards=8,
            heartbeat_shares=8,
            sweep_units_per_tick=200,
            posts_per_second=5_000,
            messages_per_second=2_000,
            messages_burst=1_000,
            log_retention_days=90,
            archive_days=30,
            publisher_max_concurrency=50,
            parts_at_once=8,
        ),
        StageConfig(
            stage="local",
            keep_data=False,
            topic_shards=2,
            posts_per_second=5_000,
            messages_per_second=10_000,
            messages_burst=5_000,
            log_retention_days=1,
            archive_days=1,
            publisher_max_concurrency=5,
            parts_at_once=2,
            account_logging_role=False,
        ),
    )
}


def load(setting: Callable[[str], object]) -> StageConfig:
    """The stage named by the context, with the context's other settings over its own.

    Raises ConfigError for a missing or unknown stage and for a setting out of its bounds.
    """
    stage = setting("stage")
    known = ", ".join(STAGES)
    if stage is None:
        raise ConfigError(f"Say which stage: -c stage=NAME, one of {known}")
    base = STAGES.get(str(stage))
    if base is None:
        raise ConfigError(f"Unknown stage {stage!r}: known are {known}")
    names = [field.name for field in fields(StageConfig) if field.name != "stage"]
    given = {name: value for name in names if (value := setting(name)) is not None}
    try:
        config = StageConfig(**{**asdict(base), **given})
    except ValidationError as exc:
        problems = "; ".join(
            ": ".join([*map(str, error["loc"]), error["msg"].removeprefix("Value error, ")])
            for error in exc.errors()
        )
        raise ConfigError(f"Stage {stage}: {problems}") from exc
    config.check_authentication()
    return config
