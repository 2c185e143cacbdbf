"""Tidings in another team's repository: the wheels in an environment of its own, a project, its stack."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = [pytest.mark.network, pytest.mark.xdist_group("e2e"), pytest.mark.slow]

NEW_TYPE = """

@event("order.delivered", ORDERS)
class OrderDelivered(Payload):
    order_id: Id
    signed_by: Text
"""
NEW_TEST = """
from tidings import Listener
from tidings.producer import Producer
from tidings_cdk import testing

from events import catalog
from events.orders import OrderDelivered

realtime = testing.fixture()


def test_the_new_type_arrives(realtime):
    delivered = OrderDelivered(order_id=42, signed_by="Ann")
    with Listener(realtime.url, user_id="ann", channels=["orders"], catalog=catalog) as events:
        producer = Producer(realtime.client("events"), bus=realtime.bus, source="tests")
        producer.publish(delivered, user_id="ann")
        assert next(iter(events)).payload == delivered
"""
# Names that an application may well have: none of ours is in their way.
THEIRS = ("functions", "infra", "local", "shared")


def run(*command: str | Path, folder: Path) -> str:
    # Node.js comes with the machine, or with this repository's environment.
    path = os.pathsep.join(
        (str(Path(command[0]).parent), str(Path(sys.executable).parent), os.environ["PATH"])
    )
    done = subprocess.run(  # noqa: S603 - our own programs
        list(map(str, command)),
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
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
    run(uv, "venv", "--quiet", "--python", sys.executable, folder / "venv", folder=folder)
    run(uv, "pip", "install", "--quiet", "--python", python, *wheels.glob("*.whl"), "pytest", folder=folder)
    return folder / "venv/bin"


@pytest.mark.timeout(300)
def test_a_new_project_runs_and_takes_a_type(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "tidings", "new", "shop", folder=tmp_path) == (
        "Made shop/. Next: cd shop && make run\n"
    )
    shop = tmp_path / "shop"
    for name in THEIRS:
        (shop / f"{name}.py").write_text(f"raise RuntimeError('{name} is of the application')")
    with (shop / "events/orders.py").open("a") as orders:
        orders.write(NEW_TYPE)
    (shop / "tests/test_new_type.py").write_text(NEW_TEST)

    assert "2 passed" in run(installed / "python", "-m", "pytest", "-q", "-x", folder=shop)
