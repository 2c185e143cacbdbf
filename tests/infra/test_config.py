from collections.abc import Mapping

import pytest

from infra.config import ConfigError, StageConfig
from infra.stages import STAGES, load


def load_from(context: Mapping[str, object]) -> StageConfig:
    return load(context)


def test_the_local_stage_needs_no_further_settings() -> None:
    config = load_from({"stage": "local"})

    assert config == STAGES["local"]
    assert config.auth_mode == "none"


def test_a_public_stage_that_believes_everybody_must_be_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"Stage dev: say who may connect: .* auth_mode=none"):
        load_from({"stage": "dev"})

    assert load_from({"stage": "dev", "auth_mode": "none"}) == STAGES["dev"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("heartbeat_second", "heartbeat_seconds"),
        ("snapstart", "snap_start"),
        ("alarmemail", "alarm_email"),
        ("Stage", "stage"),
    ],
)
def test_a_setting_that_does_not_exist_is_an_error(name: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=f"Unknown setting '{name}'. Did you mean {nearest}\\?"):
        load_from({"stage": "local", name: "1"})


def test_what_the_cdk_puts_into_the_context_is_no_setting() -> None:
    context = {"stage": "local", "aws:cdk:bundling-stacks": [], "@aws-cdk/core:x": True}

    assert load_from(context) == STAGES["local"]


@pytest.mark.parametrize(
    ("context", "messages", "connects"),
    [
        # As fast as pings are posted, and half as much again; one share of the connections at a time.
        pytest.param({"expected_connections": 5_000}, 750, 84, id="as fast as posts"),
        pytest.param({"expected_connections": 50}, 100, 10, id="never less"),
        pytest.param(
            {"expected_connections": 5_000, "posts_per_second": 5_000, "heartbeat_shares": 2},
            3_750,
            84,
            id="a share at a time",
        ),
        pytest.param(
            {"expected_connections": 70_000, "posts_per_second": 5_000}, 5_000, 500, id="never more"
        ),
    ],
)
def test_the_throttles_follow_from_the_connections_that_are_expected(
    context: dict[str, object], messages: int, connects: int
) -> None:
    config = load_from({"stage": "dev", "auth_mode": "none", **context})

    assert (config.messages_per_second, config.connects_per_second) == (messages, connects)


JWKS = {
    "auth_issuer": "https://issuer.example.com/",
    "auth_audience": "tidings",
    "auth_jwks_url": "https://issuer.example.com/jwks.json",
}
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:tidings-a1b2c3"


def test_production_authenticates() -> None:
    assert load_from({"stage": "prod", **JWKS}).auth_mode == "jwt"


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ("auth_issuer", "needs auth_issuer:"),
        ("auth_audience", "needs auth_audience:"),
        ("auth_jwks_url", r"needs auth_jwks_url \(or auth_secret_arn\):"),
    ],
)
def test_production_says_what_it_lacks(missing: str, named: str) -> None:
    with pytest.raises(ConfigError, match=f"Stage prod: auth_mode is jwt, and so {named} auth_issuer="):
        load_from({"stage": "prod", **{name: value for name, value in JWKS.items() if name != missing}})


def test_keys_come_from_one_place() -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        load_from({"stage": "prod", **JWKS, "auth_secret_arn": SECRET})


def test_the_command_line_overrides_a_stage() -> None:
    config = load_from(
        {
            "stage": "dev",
            "auth_mode": "none",
            "heartbeat_seconds": "120",
            "log_retention_days": "30",
            "reserved_concurrency": "publisher=50, connect=20",
            "account_logging_role": "false",
        }
    )

    assert config.heartbeat_seconds == 120
    assert config.log_retention_days == 30
    assert config.reserved_concurrency == {"publisher": 50, "connect": 20}
    assert config.account_logging_role is False


@pytest.mark.parametrize(
    ("context", "message"),
    [
        pytest.param(
            {"heartbeat_seconds": "29"}, "heartbeat_seconds must be from 30", id="heartbeat too short"
        ),
        pytest.param(
            {"heartbeat_seconds": "541"}, "heartbeat_seconds must be from 30 to 540", id="heartbeat too long"
        ),
        pytest.param(
            {"heartbeat_shares": "9"}, "heartbeat_shares .*topic_shards", id="more shares than shards"
        ),
        pytest.param({"sweep_units_per_tick": "-1"}, "sweep_units_per_tick must", id="sweep below nothing"),
        pytest.param(
            {"heartbeat_seconds": "often"},
            "heartbeat_seconds must be a whole number",
            id="heartbeat not a number",
        ),
        pytest.param({"topic_shards": 0}, "topic_shards must", id="no shards"),
        pytest.param(
            {"log_retention_days": "8"}, "log_retention_days must be one of", id="retention CloudWatch lacks"
        ),
        pytest.param(
            {"auth_mode": "magic"}, "auth_mode must be one of none, jwt", id="unknown authentication"
        ),
        pytest.param({"auth_algorithms": "none"}, "auth_algorithms must", id="no algorithm"),
        pytest.param(
            {"auth_algorithms": "RS256,HS256"}, "auth_algorithms must", id="a public key as a secret"
        ),
        pytest.param(
            {"auth_jwks_url": "http://issuer.test/keys"}, "auth_jwks_url must", id="keys in the clear"
        ),
        pytest.param(
            {"auth_secret_arn": "hunter2"},
            "auth_secret_arn must look like arn:[^;]*$",
            id="the secret itself",
        ),
        pytest.param({"connections_per_user": "0"}, "connections_per_user must", id="nobody may connect"),
        pytest.param(
            {"domain_name": "a.example.com"}, "domain_name and certificate_arn", id="no certificate"
        ),
        pytest.param({"certificate_arn": "x"}, "certificate_arn must", id="certificate not an ARN"),
        pytest.param({"domain_path": "a b"}, "domain_path must", id="a path with a space"),
        pytest.param({"domain_path": "/ws"}, "domain_path must", id="a path that begins with a slash"),
        pytest.param({"domain_path": "ping"}, "domain_path must", id="a path that AWS keeps for itself"),
        pytest.param({"close_default_endpoint": "true"}, "close_default_endpoint needs", id="no way in"),
        pytest.param({"monthly_budget_dollars": "5"}, "monthly_budget_dollars needs", id="whom to tell"),
        pytest.param({"allowed_sources": "a, b"}, "allowed_sources must", id="sources with spaces"),
        pytest.param({"bus_producers": "ann"}, "bus_producers must", id="a producer without an ARN"),
        pytest.param(
            {"expected_connections": "7501"}, "posts_per_second .500. reach 7500 ", id="pings never done"
        ),
        pytest.param({"alarm_email": "nobody"}, "alarm_email must", id="alarm address"),
        pytest.param(
            {"reserved_concurrency": "mailer=3"},
            "reserved_concurrency names .mailer., which is none of connect,",
            id="no such function",
        ),
        pytest.param(
            {"reserved_concurrency": "connect=0"}, "reserved_concurrency of connect must", id="nothing left"
        ),
        pytest.param(
            {"reserved_concurrency": "publisher=2", "publisher_max_concurrency": "5"},
            "reserved_concurrency of publisher .* less than publisher_max_concurrency and parts_at_once",
            id="queue would outrun its function",
        ),
    ],
)
def test_a_bad_setting_is_named(context: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=f"Stage dev: {message}"):
        load_from({"stage": "dev", "auth_mode": "none", **context})


@pytest.mark.parametrize(
    ("context", "message"),
    [
        pytest.param({}, "-c stage=NAME, one of dev, prod, local", id="missing"),
        pytest.param({"stage": "test"}, "Unknown stage 'test': known are dev, prod, local", id="unknown"),
    ],
)
def test_the_stages_are_named(context: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_from(context)
