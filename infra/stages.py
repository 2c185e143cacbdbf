"""The stages, and how the settings of one synth are read: `-c stage=prod -c heartbeat_seconds=60`."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from difflib import get_close_matches

from infra.config import ConfigError, FunctionName, StageConfig

LOCAL = "local"
STAGES: Mapping[str, StageConfig] = {
    config.stage: config
    for config in (
        StageConfig(
            stage="dev",
            keep_data=False,
            topic_shards=2,
            expected_connections=1_000,
            connections_per_address=100,
            posts_per_second=500,
            log_retention_days=7,
            archive_days=7,
            publisher_max_concurrency=5,
            parts_at_once=2,
            # A version that nobody calls for 14 days becomes inactive, and its next call fails.
            snap_start=False,
        ),
        StageConfig(
            stage="prod",
            auth_mode="jwt",
            keep_data=True,
            topic_shards=8,
            heartbeat_shares=8,
            sweep_units_per_tick=200,
            expected_connections=10_000,
            posts_per_second=5_000,
            log_retention_days=90,
            archive_days=30,
            publisher_max_concurrency=50,
            parts_at_once=8,
            # A burst on the bus would otherwise take the account's runs, and nobody could connect.
            reserved_concurrency={FunctionName.PUBLISHER: 100},
        ),
        StageConfig(
            stage=LOCAL,
            keep_data=False,
            topic_shards=2,
            expected_connections=50_000,
            posts_per_second=5_000,
            log_retention_days=1,
            archive_days=1,
            publisher_max_concurrency=5,
            parts_at_once=2,
            account_logging_role=False,
        ),
    )
}
# Names in the context that are the CDK's own.
CDK_PREFIXES = ("aws:", "@aws-cdk")


def load(context: Mapping[str, object]) -> StageConfig:
    """The stage named by the context, with the context's other settings over its own.

    Raises ConfigError for a missing or unknown stage, a name that is no setting, and a bad value.
    """
    given = {name: value for name, value in context.items() if not name.startswith(CDK_PREFIXES)}
    stage = given.pop("stage", None)
    known = ", ".join(STAGES)
    if stage is None:
        raise ConfigError(f"Say which stage: -c stage=NAME, one of {known}")
    if stage not in STAGES:
        raise ConfigError(f"Unknown stage {stage!r}: known are {known}")
    return configure(str(stage), given)


def configure(stage: str, given: Mapping[str, object], *, like: str | None = None) -> StageConfig:
    """A stage of any name: what is given, over the settings of the stage `like`.

    Without `like` they are those of the stage of that name, else of `prod`. Raises ConfigError for a name
    that is no setting, and a bad value.
    """
    base = STAGES.get(like or stage, None if like else STAGES["prod"])
    if base is None:
        raise ConfigError(f"Stage {stage}: like must be one of {', '.join(STAGES)}, not {like!r}")
    for name in given:
        _check_name(name)
    config = StageConfig(**{**asdict(base), **given, "stage": stage})
    if stage != LOCAL and "auth_mode" not in given and config.auth_mode == "none":
        raise ConfigError(
            f"Stage {stage}: say who may connect: auth_mode=jwt and an issuer (docs/security.md), or "
            "auth_mode=none, which lets everybody who knows the address be any user"
        )
    config.check_authentication()
    return config


def _check_name(name: str) -> None:
    """Raises ConfigError for a name that is no setting."""
    settings = [one.name for one in fields(StageConfig)]
    if name not in settings:
        nearest = get_close_matches(name, settings, n=1, cutoff=0)[0]
        raise ConfigError(f"Unknown setting {name!r}. Did you mean {nearest}? All are in docs/operations.md")
