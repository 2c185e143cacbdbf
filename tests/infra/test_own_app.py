"""The CDK app of a folder in the local run: how it is run, and what is told when it does not synthesise."""

import json
from pathlib import Path

import pytest
from tidings_cdk.own_app import OwnApp

from local.extras import SynthFailed

APP = """
import json, os, pathlib
out = pathlib.Path(os.environ["CDK_OUTDIR"])
out.mkdir(parents=True)
(out / "context.json").write_text(os.environ["CDK_CONTEXT_JSON"])
"""


def folder(
    tmp_path: Path, app: str, cdk: str = '{"app": "python app.py", "context": {"flag": true}}'
) -> Path:
    (tmp_path / "cdk.json").write_text(cdk)
    (tmp_path / "app.py").write_text(app)
    return tmp_path


async def test_the_app_is_told_that_it_runs_here(tmp_path: Path) -> None:
    out = await OwnApp(folder(tmp_path, APP)).template({"stage": "mine"})

    context = json.loads((out / "context.json").read_text())
    assert context["tidings:local"] is True
    assert (context["flag"], context["stage"]) == (True, "mine")
    assert context["aws:cdk:bundling-stacks"] == []


@pytest.mark.parametrize(
    ("app", "cdk", "message"),
    [
        pytest.param(
            "class ConfigError(Exception): ...\nraise ConfigError('Stage shop: say who may connect')",
            '{"app": "python app.py"}',
            "^Stage shop: say who may connect$",
            id="a setting",
        ),
        pytest.param("1/0", '{"app": "python app.py"}', r"(?s)^Traceback.*ZeroDivisionError", id="a mistake"),
        pytest.param(
            "exit(3)", '{"app": "python app.py"}', "ended with an error and said nothing", id="nothing"
        ),
        pytest.param("", '{"context": {}}', 'cdk.json must say how the app is run, as in "app"', id="no app"),
        pytest.param("", "{", "cdk.json is no JSON", id="no JSON"),
        pytest.param("", '{"app": "no-such-program"}', "no-such-program", id="no such program"),
    ],
)
async def test_what_is_wrong_is_told(tmp_path: Path, app: str, cdk: str, message: str) -> None:
    with pytest.raises(SynthFailed, match=message):
        await OwnApp(folder(tmp_path, app, cdk)).template({})


async def test_a_folder_without_an_app_is_named(tmp_path: Path) -> None:
    with pytest.raises(SynthFailed, match=r"^There is no cdk\.json in .*: it is no CDK app's folder$"):
        await OwnApp(tmp_path).template({})


def test_functions_import_events_from_the_folder(tmp_path: Path) -> None:
    assert OwnApp(tmp_path).modules({}) == (tmp_path,)
    assert OwnApp(tmp_path).code_root is None
