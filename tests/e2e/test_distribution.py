"""The local run as others get it: a wheel, installed in an environment of its own."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.network, pytest.mark.slow]

TEMPLATE = Path(__file__).parent / "shapes/ping/template.json"
TESTS = """
import json
from urllib.request import urlopen
import pytest
import tidings_local
from websockets.sync.client import connect

gateway = tidings_local.fixture("template.json")

def ask(socket, **message):
    socket.send(json.dumps(message))
    return json.loads(socket.recv(30))

def test_a_client_is_answered(gateway):
    with connect(gateway.url) as socket:
        assert ask(socket, say="hello") == {"SAY": "HELLO"}
        assert len(gateway.connections()) == 1
    assert 'shouting {"say": "hello"}' in gateway.log()

def test_the_clock_moves(gateway):
    before = gateway.state()["now"]
    gateway.advance(days=1, step_seconds=3_600)
    assert gateway.state()["now"] >= before + 86_400

def test_faults_last_for_their_block(gateway):
    rules = [{"fault": "post-limit"}, {"fault": "function-kill"}]
    with connect(gateway.url) as socket:
        with gateway.faults(*rules):
            assert ask(socket, say="hello")["message"] == "Internal server error"
        assert ask(socket, say="hello") == {"SAY": "HELLO"}

def test_a_fault_that_is_none_is_refused(gateway):
    with pytest.raises(ValueError, match="fault must be one of"):
        with gateway.faults({"fault": "aws-gone"}):
            pass

def test_the_local_aws_answers(gateway):
    assert gateway.client("sqs").list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200

def test_the_page_is_served(gateway):
    with urlopen(gateway.http) as answer:
        assert b"<html" in answer.read()

def test_what_cannot_run_says_why():
    with pytest.raises(tidings_local.DidNotStart, match="cannot read nowhere.yaml"):
        with tidings_local.running("nowhere.yaml"):
            pass
"""


def run(*command: str | Path, folder: Path) -> str:
    # Node.js comes with the machine, or with this repository's environment.
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(  # noqa: S603 - our own programs
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(wheels: Path) -> Path:
    [built] = wheels.glob("tidings_local-*.whl")
    return built


def test_nothing_of_this_projects_own_application_is_in_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        [metadata] = [name for name in names if name.endswith("/METADATA")]
        readme = archive.read(metadata).decode()
    own = ("project.py", "synth.py", "receipt.py", "planned.py", "web/application.py", "web/backend.py")
    assert [name for name in names if name.endswith(own)] == []
    assert "## Sixty seconds" in readme
    assert "| Behaviour | Source |" in readme


@pytest.mark.timeout(300)
def test_it_runs_a_template_and_its_tests_far_from_the_repository(wheel: Path, tmp_path: Path) -> None:
    uv, python = Path(sys.executable).parent / "uv", tmp_path / "venv/bin/python"
    run(uv, "venv", "--quiet", "--python", sys.executable, tmp_path / "venv", folder=tmp_path)
    install = (uv, "pip", "install", "--quiet", "--python", python, wheel, "pytest")
    run(*install, folder=tmp_path)
    (tmp_path / "template.json").write_text(TEMPLATE.read_text())
    (tmp_path / "test_ping.py").write_text(TESTS)
    # A module of the application's own that has the name of ours is not in the way.
    (tmp_path / "local.py").write_text("raise RuntimeError('the application has a module of this name')")
    assert "7 passed" in run(python, "-m", "pytest", "-q", "-x", "test_ping.py", folder=tmp_path)
    assert "usage: tidings-local" in run(tmp_path / "venv/bin/tidings-local", "--help", folder=tmp_path)
