from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.cautions import cautions
from infra.stages import load
from tests.infra.conftest import AUTHENTICATION, QUICK

DEV = {"stage": "dev", "auth_mode": "none"}
PROD = {"stage": "prod", **AUTHENTICATION}
TOLD = {"monthly_budget_dollars": 50, "alarm_email": "me@example.com"}


@pytest.mark.parametrize(
    ("context", "region", "expected"),
    [
        pytest.param(PROD, "eu-west-1", [], id="an account has enough there"),
        pytest.param(PROD, "eu-south-1", ["tidings:requests"], id="a quarter of the requests there"),
        pytest.param(PROD, None, [], id="a Region nobody knows"),
        pytest.param(
            PROD | {"posts_per_second": 1_000, "expected_connections": 5_000}, "eu-south-1", [], id="lowered"
        ),
        pytest.param(PROD | {"posts_per_second": 9_900}, "eu-west-1", ["tidings:requests"], id="all of it"),
        pytest.param(DEV, "eu-west-1", ["tidings:anybody", "tidings:budget"], id="open to everybody"),
        pytest.param(DEV | TOLD, "eu-west-1", ["tidings:anybody"], id="open, with a budget"),
    ],
)
def test_what_will_hurt_is_said(context: dict[str, object], region: str | None, expected: list[str]) -> None:
    said = cautions(load(context), region=region, compiled=True)

    assert [caution.id for caution in said] == expected


@pytest.mark.parametrize(
    ("context", "compiled", "said"),
    [
        pytest.param({"snap_start": False}, False, True, id="each cold start compiles"),
        pytest.param({"snap_start": False}, True, False, id="the bytecode ships"),
        pytest.param({"snap_start": True}, False, False, id="the snapshot holds what was compiled"),
    ],
)
def test_a_bundle_without_bytecode_is_said(context: dict[str, object], *, compiled: bool, said: bool) -> None:
    found = [caution.id for caution in cautions(load(PROD | context), region=None, compiled=compiled)]

    assert found == ["tidings:bytecode"] * said


def test_the_region_is_named() -> None:
    (caution,) = cautions(load(PROD), region="eu-south-1", compiled=True)

    assert "2,500 requests a second that an account has in eu-south-1 (Milan)" in caution.text


def test_every_synth_says_it(
    synthesise: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synthesise("prod")  # has chosen the Node that the CDK runs on
    from infra import tidings  # noqa: PLC0415 - importing aws_cdk starts Node: first say which
    from infra.synthesis import build_app  # noqa: PLC0415 - as above

    monkeypatch.setattr(tidings, "compiles", lambda: False)
    monkeypatch.setenv("CDK_DEFAULT_REGION", "ap-southeast-3")
    assembly = build_app({**QUICK, **PROD, "snap_start": False}, outdir=str(tmp_path)).synth()
    said = [str(message.entry.data) for message in assembly.stacks[0].messages]

    assert any("in ap-southeast-3 (Jakarta)" in one for one in said)
    assert any("no python3.14 was found" in one for one in said)
