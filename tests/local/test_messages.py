"""Every mistake a person can make at a terminal is answered with one line: what is wrong, what to do."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from local.extras import SynthFailed
from local.planned import main as planned
from local.ports import PortTaken, listen
from local.project import Project
from local.settings import parse
from local.synth import template_file

ROOT = Path(__file__).parents[2]
NOTHING = {"TIDINGS_AWS_PORT": "1"}


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        ([], {"TIDINGS_PORT": "99999"}, "argument --port: '99999' is no port: want a number from 0 to 65535"),
        ([], {"TIDINGS_PORT": "abc"}, "argument --port: 'abc' is no port"),
        (["--port", "-3"], {}, "argument --port"),
        ([], {"TIDINGS_AWS_PORT": "70000"}, "argument --aws-port: '70000' is no port"),
        (["-c", "heartbeat_seconds"], {}, "want NAME=VALUE, not 'heartbeat_seconds'"),
        (["--fault", "bus-delay,share=half"], {}, "share must be a number, not 'half'"),
        (
            ["--ready-file", "/nowhere/ready.json"],
            {},
            "--ready-file: /nowhere is no folder that can be written",
        ),
        (["--no-such-flag"], {}, "unrecognized arguments: --no-such-flag"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_settings_are_one_line(
    arguments: list[str], environment: Mapping[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(arguments, environment, extras=Project())

    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1


def test_a_port_that_needs_an_administrator_is_told_apart_from_one_that_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("local.ports._bind", refuse)
    with pytest.raises(PortTaken, match=r"Port 80 is not for this user.*TIDINGS_PORT=8080 make run"):
        listen(80, another="TIDINGS_PORT={port} make run")


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    with pytest.raises(SynthFailed, match="cannot be written"):
        await template_file({}, cache=occupied / "synth")


@pytest.mark.network
def test_the_command_says_that_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert planned([], NOTHING) == 1

    out, err = capsys.readouterr()
    assert "No local system answers at http://localhost:1" in out + err
    assert "make run" in out + err


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A folder of programs to stand in for the machine's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/bash\n{script}\n")
    (folder / name).chmod(0o755)


def script(
    *command: str, path: Path, cwd: Path = ROOT, environment: Mapping[str, str] = MappingProxyType({})
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(  # noqa: S603 - our own scripts
        command,
        cwd=cwd,
        env={"PATH": f"{path}:{os.environ['PATH']}", "HOME": str(path), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def one_line(answer: "subprocess.CompletedProcess[str]") -> str:
    assert answer.returncode != 0
    assert answer.stderr.count("\n") == 1, answer.stderr
    return answer.stderr


def test_an_old_python_is_named(machine: Path, tmp_path: Path) -> None:
    program(machine, "python3.9", '[ "$1" = --version ] && echo "Python 3.9.2"; exit 1')
    said = one_line(script("scripts/setup-python", "python3.9", str(tmp_path / "venv"), path=machine))
    assert "Python 3.11 or newer is needed. 'python3.9' is Python 3.9.2" in said


def test_a_missing_python_is_named(machine: Path, tmp_path: Path) -> None:
    said = one_line(script("scripts/setup-python", "python9", str(tmp_path / "venv"), path=machine))
    assert "There is no 'python9'" in said


def test_a_checkout_that_cannot_be_written_is_not_blamed_on_python(machine: Path, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("")
    said = one_line(script("scripts/setup-python", "python3", str(occupied / "venv"), path=machine))
    assert "cannot be written by this user" in said


@pytest.mark.parametrize(
    ("pip_says", "said"),
    [
        ("ERROR: Could not find a version. Temporary failure in name resolution", "No package index answers"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES", "THESE PACKAGES DO NOT MATCH THE HASHES"),
    ],
    ids=["no network", "another reason"],
)
def test_a_first_run_without_network_says_so(machine: Path, tmp_path: Path, pip_says: str, said: str) -> None:
    venv = tmp_path / "venv/bin"
    venv.mkdir(parents=True)
    program(venv, "python", f'echo "{pip_says}" >&2; exit 1')
    answer = script("scripts/install", str(venv.parent), "requirements/dev.lock", path=machine)
    assert answer.returncode == 1
    assert said in answer.stderr


@pytest.mark.parametrize(
    ("npm_says", "said"),
    [
        ("npm error code EAI_AGAIN", "The npm registry does not answer"),
        ("npm error code EACCES", "cannot be written by this user"),
        ("npm error The package-lock.json is out of date", "The package-lock.json is out of date"),
    ],
    ids=["no network", "read-only", "another reason"],
)
def test_a_failing_npm_ci_says_why(machine: Path, tmp_path: Path, npm_says: str, said: str) -> None:
    program(machine, "node", "exit 0")
    program(machine, "npm", f'echo "{npm_says}" >&2; exit 1')
    answer = script(str(ROOT / "scripts/npm-ci"), str(tmp_path), path=machine)
    assert answer.returncode == 1
    assert said in answer.stderr


def test_an_old_node_is_named_where_there_is_no_newer_one(machine: Path, tmp_path: Path) -> None:
    copy = tmp_path / "checkout/scripts"
    copy.mkdir(parents=True)
    (copy / "node").write_text((ROOT / "scripts/node").read_text())
    (copy / "node").chmod(0o755)
    program(machine, "node", '[ "$1" = --version ] && { echo v20.19.0; exit 0; }; exit 1')
    said = one_line(script(str(copy / "node"), "npm", path=machine))
    assert "Node 22.12 or newer is needed; this is v20.19.0" in said


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "No AWS credentials. Set AWS_PROFILE"),
        ({"AWS_PROFILE": "nobody"}, "(nobody) could not be found"),
        ({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}, "No AWS Region. Set AWS_REGION"),
    ],
    ids=["no credentials", "unknown profile", "no Region"],
)
def test_a_deployment_says_what_it_lacks_before_it_bundles(
    machine: Path, environment: dict[str, str], said: str
) -> None:
    answer = script(
        "scripts/cdk",
        ".venv",
        "deploy",
        path=machine,
        environment={"AWS_EC2_METADATA_DISABLED": "true", **environment},
    )
    assert answer.returncode == 1
    first, second = answer.stderr.splitlines()
    assert said in first
    assert second == "Not deployed. See docs/deploying.md."


def test_make_deploy_passes_settings_on(machine: Path) -> None:
    answer = script(
        "make", "-n", "deploy", "STAGE=prod", "CONTEXT=snap_start=false heartbeat_seconds=60", path=machine
    )
    assert "deploy -c stage=prod -c snap_start=false -c heartbeat_seconds=60" in answer.stdout
