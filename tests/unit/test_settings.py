"""The environment as a model: a missing or bad variable names itself."""

from dataclasses import MISSING, FrozenInstanceError, fields
from typing import Any

import pytest

from shared.bootstrap import build_ports
from shared.declaring import SettingError
from shared.settings import Settings
from tests.fakes.system import SETTINGS

GOOD = SETTINGS.environment()


def test_a_good_environment_is_read() -> None:
    assert Settings.from_environment({**GOOD, "PATH": "/bin"}) == SETTINGS


@pytest.mark.parametrize(
    "name",
    [one.name.upper() for one in fields(Settings) if one.default is MISSING],
)
def test_a_missing_variable_names_itself(name: str) -> None:
    rest = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(SettingError, match=name):
        Settings.from_environment(rest)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HEARTBEAT_SECONDS", "29"),
        ("HEARTBEAT_SECONDS", "541"),
        ("HEARTBEAT_SECONDS", "often"),
        ("TOPIC_SHARDS", "0"),
        ("WS_ENDPOINT", "api.example.com/prod"),
        ("STAGE", ""),
    ],
)
def test_a_bad_variable_names_itself(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=name):
        Settings.from_environment({**GOOD, name: value})


def test_settings_do_not_change() -> None:
    settings: Any = Settings.from_environment(GOOD)
    with pytest.raises(FrozenInstanceError, match="cannot assign"):
        settings.stage = "other"


def test_an_override_that_is_no_port_is_named() -> None:
    with pytest.raises(TypeError, match="clokc"):
        build_ports(settings=SETTINGS, clokc=None)  # type: ignore[call-arg]  # what mypy would say, said at run time
