"""Tidings in another team's repository: the wheels in an environment of its own, a project, its stack."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.e2e.system import REPOSITORY

pytestmark = [pytest.mark.network, pytest.mark.slow]

CLIENT = REPOSITORY / "clients/javascript"
# Names that an application may well have: none of ours is in their way.
THEIRS = ("derive", "functions", "infra", "local", "shared")
NEW_TYPE = """

@event("order.delivered", ORDERS)
class OrderDelivered(Payload):
    order_id: Id
    signed_by: Text
"""
LISTEN = """
import { TidingsClient } from "tidings";
import type { Catalog } from "../events/types.ts";

declare const process: { argv: string[] };
const client = new TidingsClient<Catalog>({ url: process.argv[2]!, channels: ["orders"] });
client.on("order.delivered", (data) => {
  const signed: string = data.signed_by;
  console.log(signed);
  client.close();
});
// @ts-expect-error The catalogue has no such type.
client.on("order.lost", () => {});
await client.connect();
console.log("listening");
"""
TSC = ("--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--allowImportingTsExtensions")
NEW_TESTS = """
import subprocess

from tidings import Listener

from events import catalog
from events.orders import OrderDelivered

DELIVERED = OrderDelivered(order_id=42, signed_by="Ann")


def test_the_new_type_arrives_in_python(realtime, publish):
    with Listener(realtime.url, channels=["orders"], catalog=catalog) as events:
        publish(DELIVERED)
        assert events.next(timeout_seconds=60).payload == DELIVERED


def test_the_new_type_arrives_in_javascript(realtime, publish):
    command = ["node", "web/listen.ts", realtime.url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as listening:
        assert listening.stdout.readline() == "listening\\n"
        publish(DELIVERED)
        assert listening.stdout.readline() == "Ann\\n"
"""


def run(*command: str | Path, folder: Path, programs: Path | None = None) -> str:
    # Node.js comes with the machine, or with this repository's environment.
    path = [str(one) for one in (programs, Path(sys.executable).parent) if one is not None]
    done = subprocess.run(  # noqa: S603 - our own programs
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, "PATH": os.pathsep.join((*path, os.environ["PATH"]))},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_no_name_of_ours_is_at_the_top(wheels: Path) -> None:
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as archive:
            top = {name.partition("/")[0] for name in archive.namelist()}
        package = wheel.name.partition("-")[0]
        assert {name for name in top if not name.endswith(".dist-info")} == {package}


@pytest.fixture(scope="module")
def installed(wheels: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that has the wheels."""
    folder = tmp_path_factory.mktemp("installed")
    uv, python = Path(sys.executable).parent / "uv", folder / "venv/bin/python"
    run(uv, "venv", "--quiet", "--seed", "--python", sys.executable, folder / "venv", folder=folder)
    [construct, *others] = sorted(wheels.glob("*.whl"), key=lambda wheel: "_cdk" not in wheel.name)
    what: list[str | Path] = [f"tidings-cdk[node] @ {construct.as_uri()}", *others, "pytest"]
    run(uv, "pip", "install", "--quiet", "--python", python, *what, folder=folder)
    return folder / "venv/bin"


@pytest.fixture
def shop(installed: Path, tmp_path: Path) -> Path:
    """A new project, to which its owner added a type."""
    said = run(installed / "tidings", "new", "shop", folder=tmp_path, programs=installed)
    assert said == "Made shop/. Next: cd shop && make run\n"
    shop = tmp_path / "shop"
    for name in THEIRS:
        (shop / f"{name}.py").write_text(f"raise RuntimeError('{name} is of the application')")
    with (shop / "events/orders.py").open("a") as orders:
        orders.write(NEW_TYPE)
    return shop


@pytest.mark.timeout(300)
def test_a_new_project_runs_and_takes_a_type(installed: Path, shop: Path) -> None:
    assert (
        run(installed / "tidings", "types", folder=shop, programs=installed)
        == "TypeScript types: events/types.ts\n"
    )
    (shop / "web/node_modules").mkdir(parents=True)
    (shop / "web/node_modules/tidings").symlink_to(CLIENT)
    (shop / "web/package.json").write_text('{"type": "module"}')
    (shop / "web/listen.ts").write_text(LISTEN)
    (shop / "tests/test_new_type.py").write_text(NEW_TESTS)
    if not (CLIENT / "node_modules").exists():
        run(REPOSITORY / "scripts/npm-ci", CLIENT, folder=REPOSITORY)

    run(CLIENT / "node_modules/.bin/tsc", *TSC, "web/listen.ts", folder=shop)
    # As the project's README says, in an environment that has everything already.
    make = ("/usr/bin/env", "make", "test", f"VENV={installed.parent}", "ARGS=-q")
    assert "3 passed" in run(*make, folder=shop, programs=installed)


@pytest.mark.timeout(300)
def test_a_new_project_becomes_a_template_with_its_events_in_it(installed: Path, shop: Path) -> None:
    run(
        REPOSITORY / "scripts/cdk", sys.prefix, "--version", folder=REPOSITORY
    )  # is installed where it is not
    [cli] = (REPOSITORY / ".cache/cdk-cli").glob("*/node_modules/.bin/cdk")

    run(cli, "synth", "--quiet", folder=shop, programs=installed)

    template = json.loads((shop / "cdk.out/shop-dev.template.json").read_text())
    [publisher] = (
        resource
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function" and name.startswith("RealtimePublisher")
    )
    assert publisher["Properties"]["FunctionName"] == "tidings-shop-dev-publisher"
    code = shop / "cdk.out" / publisher["Metadata"]["aws:asset:path"]
    assert "OrderDelivered" in (code / "events/orders.py").read_text()
    assert list(code.glob("pydantic_core/*aarch64*.so"))
    assert {path.name for path in (code / "tidings").iterdir()} >= {"catalog.py"}


@pytest.mark.timeout(300)
def test_the_example_of_another_application_passes_its_own_tests(installed: Path, tmp_path: Path) -> None:
    leave_out = shutil.ignore_patterns("__pycache__", ".*")
    example = shutil.copytree(REPOSITORY / "examples/orders", tmp_path / "orders", ignore=leave_out)

    lines = [line for file in example.rglob("*") if file.is_file() for line in file.read_text().splitlines()]
    assert len(lines) < 150
    assert "5 passed" in run(
        installed / "python", "-m", "pytest", "-q", "-x", folder=example, programs=installed
    )
