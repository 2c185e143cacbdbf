from pathlib import Path
from typing import Any

import pytest

from local.project import Project
from local.settings import Settings, parse


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        ([], {}, {"port": 8000, "aws_port": 4566, "mappings": ("api/v1/ws",)}),
        ([], {"TIDINGS_PORT": "9000", "TIDINGS_AWS_PORT": "9001"}, {"port": 9000, "aws_port": 9001}),
        (["--port", "0"], {"TIDINGS_PORT": "9000"}, {"port": 0}),
        (["chat.json", "--stage", "live"], {}, {"template": Path("chat.json"), "stage": "live"}),
        (
            ["-c", "heartbeat_seconds=60", "-c", "a=b=c"],
            {},
            {"context": {"heartbeat_seconds": "60", "a": "b=c"}},
        ),
        (["--no-reload", "--metrics", "--clock", "3600"], {}, {"reload": False, "show_metrics": True}),
        (["--mapping", "ws"], {}, {"mappings": ("ws",)}),
        (["--mapping", "/", "--mapping", "", "--mapping", "/a/b/"], {}, {"mappings": ("", "", "a/b")}),
        (["--http-anywhere"], {}, {"http_anywhere": True}),
        (
            [
                "--fault",
                "bus-delay,share=0.5,seconds=2,times=3,name=x",
                "--fault",
                "post-gone",
                "--seed",
                "7",
            ],
            {},
            {
                "faults": (
                    {"fault": "bus-delay", "share": 0.5, "seconds": 2.0, "times": 3, "name": "x"},
                    {"fault": "post-gone"},
                ),
                "seed": 7,
            },
        ),
    ],
    ids=[
        "defaults",
        "environment",
        "a flag wins",
        "a template",
        "context",
        "switches",
        "mapping",
        "root",
        "far",
        "faults",
    ],
)
def test_what_is_given_is_understood(
    arguments: list[str], environment: dict[str, str], expected: dict[str, Any]
) -> None:
    settings = parse(arguments, environment, extras=Project())
    assert {name: getattr(settings, name) for name in expected} == expected


def test_defaults_need_nothing_but_a_template() -> None:
    assert parse(["chat.yaml"], {}) == Settings(template=Path("chat.yaml"))


def test_without_an_application_of_its_own_a_template_must_be_given(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        parse([], {}, program="tidings-local")
    assert "tidings-local: the following arguments are required: template" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [["--port", "high"], ["-c", "stage"], ["--runtime-client", "other"], ["--fault", "x,share=a"]],
)
def test_what_makes_no_sense_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(arguments, {}, extras=Project())
    assert capsys.readouterr().err.startswith("python -m local: argument ")
