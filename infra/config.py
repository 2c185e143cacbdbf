"""What can be set for a stage, and what a setting asks of the others."""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from enum import StrEnum
from typing import Any, Literal

from infra.regions import REQUESTS_PER_SECOND
from shared.declaring import SettingError, choice, custom, number, problems, text
from shared.settings import ChosenSettings, Settings


class FunctionName(StrEnum):
    """Each is a folder of functions/."""

    CONNECT = "connect"
    DISCONNECT = "disconnect"
    DEFAULT = "default"
    PUBLISHER = "publisher"
    SCHEDULER = "scheduler"


# Retention periods CloudWatch Logs accepts.
LogDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 180, 365]


class ConfigError(ValueError):
    """A setting is missing or wrong; the message names it and says what is allowed."""


def _concurrency(value: object) -> Mapping[FunctionName, int]:
    """`publisher=50,connect=20`, as one writes it on the command line."""
    if isinstance(value, str):
        value = dict(pair.strip().partition("=")[::2] for pair in value.split(",") if pair.strip())
    if not isinstance(value, Mapping):
        raise SettingError(f"must look like publisher=60,connect=20, not {value}")
    known = [*FunctionName]
    for name, count in value.items():
        if name not in known:
            raise SettingError(f"names {name!r}, which is none of {', '.join(known)}")
        if not str(count).isdecimal() or int(count) < 1:
            raise SettingError(f"of {name} must be a whole number from 1, not {count}")
    return {FunctionName(name): int(count) for name, count in value.items()}


@dataclass(frozen=True, kw_only=True)
class StageConfig(ChosenSettings):
    stage: str = field(
        metadata={"pattern": "[a-z][a-z0-9-]{0,39}", "example": "dev", "meaning": "", "secret": False}
    )
    keep_data: bool = choice(
        "Tables get point-in-time recovery and deletion protection, and outlive the stack."
    )
    customer_key: bool = choice(
        "Tables and queues under a KMS key of the account's own; else under AWS's.", default=False
    )
    expected_connections: int = number(
        "Open connections at the busiest time. The throttles of the stage follow from it.",
        least=1,
        most=1_000_000,
    )
    publisher_max_concurrency: int = number(
        "Publishers the delivery queue may keep busy at once; 2 is the least that SQS accepts.",
        least=2,
        most=1_000,
    )
    delivery_attempts: int = number(
        "Receives of one delivery before it goes to the dead-letter queue. Waits of 2, 4, 8 … 300 s between "
        "them make 20 minutes of 12.",
        least=1,
        most=1_000,
        default=12,
    )
    reserved_concurrency: Mapping[FunctionName, int] = custom(
        "Concurrent runs that a function always has, and never exceeds.",
        read=_concurrency,
        allowed="publisher=60,connect=20",
        default_factory=dict,
    )
    snap_start: bool = choice(
        "Faster first runs of the functions that somebody waits for, at a price: `make cost` tells.",
        default=True,
    )
    tracing: bool = choice("X-Ray, at a price: `make cost` tells.", default=True)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = choice("Of the functions.", default="INFO")
    log_retention_days: LogDays = choice(  # noqa: RUF009  declares the field, as its siblings do
        "How long CloudWatch keeps the logs."
    )
    archive_days: int = number("How long the bus's archive can replay events.", least=1, most=3_650)
    account_logging_role: bool = choice(
        "Make the role API Gateway writes logs with. It is one per account and Region, see "
        "[deploying](deploying.md).",
        default=True,
    )
    allowed_sources: str = text(
        "Which `Source`s of the bus are listened to; empty: all.",
        pattern=r"([\w.\-/]+(,[\w.\-/]+)*)?",
        example="shop.backend,shop.mailer",
        default="",
    )
    bus_producers: str = text(
        "Roles or users of this account that may put events on the bus, ARNs; empty: all that IAM lets.",
        pattern=r"(arn:[^,\s]+(,arn:[^,\s]+)*)?",
        example="arn:aws:iam::123456789012:role/shop-backend",
        default="",
    )
    domain_name: str | None = text(
        "Your own domain, see [deploying](deploying.md).", example="api.example.com", default=None
    )
    certificate_arn: str | None = text(
        "The domain's certificate, in the stack's Region.",
        pattern=r"arn:[^:]+:acm:.+",
        example="arn:aws:acm:eu-west-1:123456789012:certificate/…",
        default=None,
    )
    domain_path: str = text(
        "Where the domain leads to the stage: wss://DOMAIN/PATH.",
        # https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
        pattern=r"(?!s?ping(/|$))[A-Za-z0-9$\-_.+!*'()]+(/[A-Za-z0-9$\-_.+!*'()]+)*",
        example="api/v1/ws",
        default="api/v1/ws",
    )
    close_default_endpoint: bool = choice(
        "Only the domain leads to the stage, for clients and for our posts: what stands before the domain "
        "cannot be bypassed.",
        default=False,
    )
    monthly_budget_dollars: int | None = number(
        "AWS mails `alarm_email` when the account has spent 80 % of it in a month, or is about to exceed it.",
        least=1,
        most=1_000_000,
        default=None,
    )
    alarm_email: str | None = text(
        "Who is told of alarms. AWS sends a mail to confirm first.",
        pattern=r"[^@\s]+@[^@\s]+",
        example="oncall@example.com",
        default=None,
    )

    def __post_init__(self) -> None:
        wrong = [f"{name} {problem}" for name, problem in problems(self)] or [*self._contradictions()]
        if wrong:
            raise ConfigError(f"Stage {self.stage}: {'; '.join(wrong)}")

    @property
    def metrics_namespace(self) -> str:
        """One per stage: stages that share an account must not share their graphs and alarms."""
        return f"Tidings/{self.stage}"

    @property
    def messages_per_second(self) -> int:
        """Throttle of the stage: what all clients may send together. Its burst is as much.

        A ping is answered as fast as it is posted, and a share of the connections has it at a time; half as
        much again is for everything else.
        """
        share = -(-self.expected_connections // self.heartbeat_shares)
        return min(max(100, min(share, self.posts_per_second) * 3 // 2), REQUESTS_PER_SECOND // 2)

    @property
    def connects_per_second(self) -> int:
        """Throttle of $connect: everybody is back within a minute. API Gateway's own is 500 an account."""
        return min(max(10, -(-self.expected_connections // 60)), 500)

    def _contradictions(self) -> list[str]:
        wrong = []
        if (self.domain_name is None) != (self.certificate_arn is None):
            wrong.append("domain_name and certificate_arn belong together: give both or neither")
        if self.close_default_endpoint and self.domain_name is None:
            wrong.append("close_default_endpoint needs domain_name: else nothing leads to the stage")
        if self.monthly_budget_dollars is not None and self.alarm_email is None:
            wrong.append("monthly_budget_dollars needs alarm_email: whom to tell")
        pinged = self.posts_per_second * self.heartbeat_seconds // 2
        if self.expected_connections > pinged:
            wrong.append(
                f"posts_per_second ({self.posts_per_second}) reach {pinged} connections in half a heartbeat "
                f"of {self.heartbeat_seconds} s, not {self.expected_connections}: raise posts_per_second or "
                "heartbeat_seconds"
            )
        if self.heartbeat_shares > self.topic_shards:
            wrong.append(
                f"heartbeat_shares ({self.heartbeat_shares}) must not be more than "
                f"topic_shards ({self.topic_shards}): a share consists of whole shards"
            )
        reserved = self.reserved_concurrency.get(FunctionName.PUBLISHER)
        if reserved is not None and reserved < self.publisher_max_concurrency + self.parts_at_once:
            wrong.append(
                f"reserved_concurrency of publisher ({reserved}) must not be less than "
                f"publisher_max_concurrency and parts_at_once together "
                f"({self.publisher_max_concurrency} + {self.parts_at_once}), else deliveries are throttled"
            )
        return wrong

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
                "auth_issuer=https://…, auth_audience=…, auth_jwks_url=https://…, see docs/security.md"
            )
        if self.auth_jwks_url is not None and self.auth_secret_arn is not None:
            raise ConfigError(f"Stage {self.stage}: auth_jwks_url and auth_secret_arn exclude each other")


def declared_resources() -> list[Field[Any]]:
    """The settings of the functions that nobody chooses: the template fills them in."""
    chosen = {one.name for one in fields(ChosenSettings)}
    return [one for one in fields(Settings) if one.name not in chosen]
