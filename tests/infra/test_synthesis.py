"""How a synth starts, what it says of a wrong setting, and what the checks say of the template."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.bundle import REPOSITORY
from infra.node import prefer_node_of_environment
from infra.stages import load
from tests.infra.conftest import NEEDED


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this Python on this repository
        [sys.executable, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_importing_the_app_does_nothing() -> None:
    done = run("-c", "import sys, infra.app; print([name for name in sys.modules if name == 'aws_cdk'])")

    assert (done.stdout, done.stderr) == ("[]\n", "")


@pytest.mark.parametrize(
    ("context", "message"),
    [
        pytest.param({}, "Say which stage: -c stage=NAME, one of dev, prod, local\n", id="no stage"),
        pytest.param(
            {"stage": "dev", "heartbeat_seconds": 5},
            "Stage dev: heartbeat_seconds must be from 30 to 540, not 5\n",
            id="bad setting",
        ),
    ],
)
def test_a_wrong_setting_is_told_in_one_line(
    context: dict[str, object], message: str, tmp_path: Path
) -> None:
    done = run("-m", "infra.app", CDK_CONTEXT_JSON=json.dumps(context), CDK_OUTDIR=str(tmp_path))

    assert (done.returncode, done.stderr) == (1, message)


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_what_the_checks_find_is_what_is_acknowledged(
    stage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No finding without a reason, and no reason left behind for a finding that is gone."""
    prefer_node_of_environment()
    from aws_cdk import App, Validations  # noqa: PLC0415 - importing aws_cdk starts Node: first say which
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - imports aws_cdk

    from infra.acknowledgements import findings  # noqa: PLC0415 - imports aws_cdk
    from infra.stack import TidingsStack  # noqa: PLC0415 - imports aws_cdk

    monkeypatch.setattr("infra.tidings.acknowledge_findings", lambda *_: None)
    skip = {"aws:cdk:bundling-stacks": [], "aws:cdk:disable-asset-staging": True}
    app = App(outdir=str(tmp_path), context=skip)
    config = load({"stage": stage, **NEEDED[stage]})
    tidings = TidingsStack(app, "checked", config=config).tidings
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()

    (report,) = json.loads((tmp_path / "validation-report.json").read_text())["pluginReports"]
    found = {
        (
            violation["ruleName"],
            construct["constructPath"].removeprefix("checked/Default/").removesuffix("/Resource"),
        )
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert found == {(finding.rule, finding.path) for finding in findings(tidings, config)}
    assert all(finding.reason for finding in findings(tidings, config))
