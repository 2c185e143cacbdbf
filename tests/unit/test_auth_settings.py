"""The settings of authentication: what belongs together is there, and what would be weak is refused."""

import pytest

from shared.declaring import SettingError
from shared.settings import Settings
from tests.fakes.system import JWT, SETTINGS

BASE = SETTINGS.environment()
WITH_KEYS = BASE | {name.upper(): str(value) for name, value in JWT.items()}
SECRET = "arn:aws:ssm:eu-west-1:123456789012:parameter/tidings/secret"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"AUTH_ISSUER": None}, "AUTH_ISSUER and AUTH_AUDIENCE"),
        ({"AUTH_AUDIENCE": None}, "AUTH_ISSUER and AUTH_AUDIENCE"),
        ({"AUTH_JWKS_URL": None}, "one of AUTH_JWKS_URL and AUTH_SECRET_ARN"),
        ({"AUTH_SECRET_ARN": SECRET}, "one of AUTH_JWKS_URL and AUTH_SECRET_ARN"),
        ({"AUTH_MODE": "magic"}, "AUTH_MODE"),
        ({"AUTH_ALGORITHMS": "none"}, "AUTH_ALGORITHMS"),
        ({"AUTH_ALGORITHMS": "RS256,HS256"}, "AUTH_ALGORITHMS"),
        ({"AUTH_ALGORITHMS": ""}, "AUTH_ALGORITHMS"),
        ({"AUTH_JWKS_URL": "http://issuer.test/keys"}, "AUTH_JWKS_URL"),
        ({"AUTH_JWKS_URL": "http://localhost.evil.test/keys"}, "AUTH_JWKS_URL"),
        ({"AUTH_JWKS_URL": "file:///etc/passwd"}, "AUTH_JWKS_URL"),
        ({"AUTH_JWKS_URL": None, "AUTH_SECRET_ARN": "hunter2"}, "AUTH_SECRET_ARN"),
        ({"CONNECTIONS_PER_USER": "0"}, "CONNECTIONS_PER_USER"),
        ({"WHEN_USER_IS_FULL": "shrug"}, "WHEN_USER_IS_FULL"),
    ],
    ids=str,
)
def test_what_does_not_hold_together_is_named(changes: dict[str, str | None], words: str) -> None:
    given = {name: value for name, value in (WITH_KEYS | changes).items() if value is not None}
    with pytest.raises(SettingError, match=words):
        Settings.from_environment(given)


@pytest.mark.parametrize(
    "url", ["https://issuer.test/keys", "http://localhost:8080/keys", "http://127.0.0.1/keys"]
)
def test_keys_come_over_tls_or_from_this_machine(url: str) -> None:
    assert Settings.from_environment(WITH_KEYS | {"AUTH_JWKS_URL": url}).auth_jwks_url == url


def test_a_public_key_is_never_taken_for_a_secret() -> None:
    assert Settings.from_environment(WITH_KEYS).algorithms == ("RS256", "ES256")
    with_secret = {name: value for name, value in WITH_KEYS.items() if name != "AUTH_JWKS_URL"}
    settings = Settings.from_environment(
        with_secret | {"AUTH_SECRET_ARN": SECRET, "AUTH_ALGORITHMS": "RS256"}
    )
    assert settings.algorithms == ("HS256",)


def test_origins_are_a_list() -> None:
    settings = Settings.from_environment(BASE | {"ALLOWED_ORIGINS": " https://a.test , https://*.b.test,"})
    assert settings.origins == ("https://a.test", "https://*.b.test")
    assert Settings.from_environment(BASE).origins == ()
