"""The settings of the functions, each declared once.

The stage's configuration (`infra.config`) extends ChosenSettings, the template writes `environment()`, the
functions read it back, and the tables in docs/operations.md are written from the same fields.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, Self

from shared.declaring import SettingError, choice, number, problems, text
from shared.domain.limits import (
    CHANNELS_PER_CONNECTION,
    CONNECTIONS_PER_USER,
    HEARTBEAT_SECONDS_MAX,
    HEARTBEAT_SECONDS_MIN,
)

URL = r"https?://.+"
# Keys over plain HTTP come from this machine only.
JWKS_URL = r"(https://|http://(localhost|127\.0\.0\.1)[:/]).*"
SECRET_ARN = r"arn:[^:]+:(secretsmanager:[^:]+:[0-9]+:secret:|ssm:[^:]+:[0-9]+:parameter/).+"  # noqa: S105  a name, not a secret
ALGORITHM = "(RS|PS|ES)(256|384|512)"


@dataclass(frozen=True, kw_only=True)
class ChosenSettings:
    """What an operator chooses for a stage, and the functions read."""

    events: str = text(
        "The module whose `catalog` declares the application's channels and event types: its name, or the "
        "path of its folder or file.",
        example="shop.events",
        default="events",
    )
    topic_shards: int = number(
        "Partitions of a topic, each good for 1,000 connects a second. It may grow on a live system, and "
        "shrink only while nobody is connected.",
        least=1,
        most=256,
    )
    heartbeat_seconds: int = number(
        "The interval of `system.ping`. API Gateway cuts a connection that is idle for 600 s.",
        least=HEARTBEAT_SECONDS_MIN,
        most=HEARTBEAT_SECONDS_MAX,
        default=30,
    )
    heartbeat_shares: int = number(
        "Pings go to this many shares of the connections in turn, spread evenly over the interval. At most "
        "`topic_shards`.",
        least=1,
        most=256,
        default=1,
    )
    sweep_units_per_tick: int = number(
        "DynamoDB units a minute for the search for rows of lost connections; 0 turns it off.",
        least=0,
        most=10_000,
        default=25,
    )
    posts_per_second: int = number(
        "Our share of the account's API Gateway requests a second (10,000 by default, 2,500 in some "
        "Regions), for posts to clients.",
        least=1,
        most=1_000_000,
    )
    parts_at_once: int = number(
        "Publishers that carry out parts of large events at once; they share four fifths of "
        "`posts_per_second`.",
        least=2,
        most=1_000,
        default=2,
    )
    targets_per_run: int = number(
        "What one publisher posts of an event before it divides the rest into parts: ten seconds at 2,000 a "
        "second.",
        least=1,
        most=1_000_000,
        default=20_000,
    )
    auth_mode: Literal["none", "jwt"] = choice(
        "`none` believes `?user_id=` of everybody; `jwt` needs the next settings, see "
        "[security](security.md).",
        default="none",
    )
    auth_issuer: str | None = text(
        "Who issues the tokens.", example="https://login.example.com/", default=None
    )
    auth_audience: str | None = text("What a token must be for.", example="tidings", default=None)
    auth_jwks_url: str | None = text(
        "Where the issuer's keys are; this or `auth_secret_arn`.",
        pattern=JWKS_URL,
        example="https://login.example.com/.well-known/jwks.json",
        default=None,
    )
    auth_secret_arn: str | None = text(
        "The secret for HS256, in Secrets Manager or SSM Parameter Store; this or `auth_jwks_url`.",
        pattern=SECRET_ARN,
        example="arn:aws:secretsmanager:eu-west-1:123456789012:secret:tidings-a1b2c3",
        default=None,
        secret=True,
    )
    auth_algorithms: str = text(
        "Accepted with a JWKS URL. With a secret it is HS256, always: a public key must never be taken for "
        "one.",
        pattern=rf"{ALGORITHM}(,{ALGORITHM})*",
        example="RS256,ES256",
        default="RS256,ES256",
    )
    auth_user_claim: str = text("Where a token names the user.", example="sub", default="sub")
    auth_channels_claim: str = text(
        "Where a token names the channels it grants.", example="channels", default="channels"
    )
    allowed_origins: str = text(
        "Which web pages may connect; empty: all.",
        pattern=".*",
        example="https://app.example.com,https://*.example.com",
        default="",
    )
    allow_missing_origin: bool = choice(
        "Whether clients that send no Origin may connect: services, mobile apps.", default=True
    )
    connections_per_user: int = number(
        "Open connections of one user.", least=1, most=1_000_000, default=CONNECTIONS_PER_USER
    )
    channels_per_connection: int = number(
        "Channels of one connection. Its row names them, and each of its messages writes the row.",
        least=1,
        most=200,
        default=CHANNELS_PER_CONNECTION,
    )
    connections_per_address: int = number(
        "Open connections from one IPv4 address, or one /64 of IPv6, if `auth_mode` is `none`; 0: no limit. "
        "Each then costs two writes more.",
        least=0,
        most=1_000_000,
        default=0,
    )
    when_user_is_full: Literal["newest_wins", "newest_is_refused"] = choice(
        "Whether the user's oldest connection is closed, or the newest refused.", default="newest_wins"
    )

    def chosen_environment(self) -> dict[str, str]:
        """What was chosen, as environment variables; what is None or empty is left out."""
        return _environment(self, ChosenSettings)


@dataclass(frozen=True, kw_only=True)
class Settings(ChosenSettings):
    """The whole environment of a function: what was chosen, and what the template made."""

    stage: str = text("The stage's name.")
    connections_table: str = text("Who is connected.")
    subscriptions_table: str = text("Who is in which topic.")
    events_table: str = text("Which event ids went out.")
    schedule_table: str = text("What is planned.")
    access_table: str = text("One-time tickets, and since when which user is revoked.")
    event_bus: str | None = text("The event bus, for what was not seen in time.", default=None)
    delivery_queue_url: str = text("The delivery queue.", pattern=URL, example="https://…")
    parts_queue_url: str | None = text(
        "The queue of large events' parts, so that nothing small waits behind them.",
        pattern=URL,
        example="https://…",
        default=None,
    )
    rejected_queue_url: str = text("The rejected-events queue.", pattern=URL, example="https://…")
    ws_endpoint: str = text(
        "The management API's endpoint. It is never rebuilt from an event: think of custom domains, the "
        "scheduler and the local run.",
        pattern=URL,
        example="https://…",
    )

    def __post_init__(self) -> None:
        wrong = [f"{name.upper()} {problem}" for name, problem in problems(self)] or [*self._contradictions()]
        if wrong:
            raise SettingError("bad environment: " + "; ".join(wrong))

    def _contradictions(self) -> list[str]:
        if self.auth_mode == "none":
            return []
        wrong = []
        if self.auth_issuer is None or self.auth_audience is None:
            wrong.append("AUTH_MODE=jwt needs AUTH_ISSUER and AUTH_AUDIENCE")
        if (self.auth_jwks_url is None) == (self.auth_secret_arn is None):
            wrong.append("AUTH_MODE=jwt needs one of AUTH_JWKS_URL and AUTH_SECRET_ARN")
        return wrong

    def environment(self) -> dict[str, str]:
        """What `from_environment` reads."""
        return _environment(self, Settings)

    @property
    def algorithms(self) -> tuple[str, ...]:
        return tuple(self.auth_algorithms.split(",")) if self.auth_secret_arn is None else ("HS256",)

    @property
    def origins(self) -> tuple[str, ...]:
        return tuple(origin.strip() for origin in self.allowed_origins.split(",") if origin.strip())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Raises SettingError."""
        given: dict[str, Any] = {  # texts, which __post_init__ turns into each field's type
            one.name: environment[one.name.upper()] for one in fields(cls) if one.name.upper() in environment
        }
        missing = [
            one.name.upper() for one in fields(cls) if one.default is MISSING and one.name not in given
        ]
        if missing:
            raise SettingError(f"bad environment: {', '.join(missing)}: not set")
        return cls(**given)


def _environment(settings: ChosenSettings, declared: type[ChosenSettings]) -> dict[str, str]:
    given = {one.name: getattr(settings, one.name) for one in fields(declared)}
    return {name.upper(): _written(value) for name, value in given.items() if value not in (None, "")}


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
