"""What a program pays for an import: declaring events needs pydantic and nothing of the network."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HEAVY = {"websockets", "boto3", "botocore", "asyncio", "tidings.client", "tidings.producer"}


@pytest.mark.parametrize("module", ["tidings.catalog", "tidings.system", "events"])
def test_a_catalogue_is_imported_without_a_client_or_boto3(module: str) -> None:
    program = f"import {module}, sys; print(*sys.modules)"

    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": "clients/python/src"},
        capture_output=True,
        text=True,
        check=True,
    )

    loaded = set(done.stdout.split())
    assert module in loaded
    assert loaded & HEAVY == set()


def test_a_producer_is_imported_without_websockets() -> None:
    program = "import tidings.producer, sys; print('websockets' in sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PYTHONPATH": "clients/python/src"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
