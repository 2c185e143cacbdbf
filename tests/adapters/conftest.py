"""Every contract test runs on the fakes, the simulation's DynamoDB, moto and dynalite."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.adapters.worlds import (
    TABLES,
    World,
    create_tables,
    dynamo_world,
    fake_world,
    memory_world,
    moto_world,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DYNALITE = Path(__file__).parent / "dynalite"
ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def dynalite() -> "Iterator[DynamoDBClient]":
    """A second, independent DynamoDB in a process of its own."""
    if not (DYNALITE / "node_modules").exists():
        pytest.skip("dynalite is not installed: `make test` installs it where Node can be had")
    node = [str(ROOT / "scripts/node"), "node", "serve.js"]
    # S603: our own script, with arguments written here.
    with subprocess.Popen(  # noqa: S603
        node, cwd=DYNALITE, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        if server.stdout is None:
            raise AssertionError("the port is read from its output")
        port = int(server.stdout.readline())
        yield boto3.client("dynamodb", endpoint_url=f"http://127.0.0.1:{port}")
        server.terminate()


@pytest.fixture(
    params=[
        "fake",
        "memory",
        "moto",
        pytest.param("dynalite", marks=pytest.mark.network),
    ]
)
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield fake_world()
    elif request.param == "memory":
        yield memory_world()
    elif request.param == "moto":
        with moto_world() as world:
            yield world
    else:
        dynamodb: DynamoDBClient = request.getfixturevalue("dynalite")
        create_tables(dynamodb)
        for table in TABLES:
            # It makes and deletes tables after it has answered, and refuses rows meanwhile.
            dynamodb.get_waiter("table_exists").wait(TableName=table, WaiterConfig={"Delay": 0})
        yield dynamo_world(dynamodb)
        for table in TABLES:
            dynamodb.delete_table(TableName=table)
        for table in TABLES:
            dynamodb.get_waiter("table_not_exists").wait(TableName=table, WaiterConfig={"Delay": 0})
