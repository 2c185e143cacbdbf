from collections.abc import Mapping

import pytest

from infra.config import STAGES, ConfigError, StageConfig, load


def load_from(context: Mapping[str, object]) -> StageConfig:
    return load(context.get)


@pytest.mark.parametrize("stage", ["dev", "local"])
def test_a_stage_for_trying_out_needs_no_further_settings(stage: str) -> None:
    config = load_from({"stage": stage})

    assert config == STAGES[stage]
    assert config.auth_mode == "none"


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
    with pytest.raises(ConfigError, match=f"Stage prod: auth_mode is jwt, and so {named} -c auth_issuer="):
        load_from({"stage": "prod", **{name: value for name, value in JWKS.items() if name != missing}})


def test_keys_come_from_one_place() -> None:
    with pytest.raises(ConfigError, match="exclude each other"):
        load_from({"stage": "prod", **JWKS, "auth_secret_arn": SECRET})


def test_the_command_line_overrides_a_stage() -> None:
    config = load_from(
        {
            "stage": "dev",
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
        load_from({"stage": "dev", **context})


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
