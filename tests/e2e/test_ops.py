"""The operator's command on the real local system: what is well, what is wrong, and the way out."""

import asyncio
import os
import subprocess
import sys

import pytest

from tests.e2e.system import REPOSITORY, System
from tests.fakes.payloads import PAYLOADS

pytestmark = [pytest.mark.network, pytest.mark.slow]


async def ops(system: System, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ops", *arguments),
        cwd=REPOSITORY,
        env={
            **os.environ,
            "AWS_ENDPOINT_URL": system.aws,
            "TIDINGS_GATEWAY_URL": system.gateway,
            "COLUMNS": "200",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def until(system: System, words: str, *arguments: str) -> str:
    """Ask until it says so."""
    async with asyncio.timeout(60):
        while True:
            _, said = await ops(system, *arguments)
            if words in said:
                return said


async def test_an_event_is_followed_to_its_user(system: System) -> None:
    async with system.client("user_id=ops-ann&channels=jobs") as client:
        await system.put("job.created", PAYLOADS["job.created"], id="ops-1", user_id="ops-ann")
        await client.next_of("job.created")

        said = await until(system, "went out: 1 matched, 1 delivered", "why", "ops-1", "ops-ann")
        assert "ops-ann is connected as" in said
        assert "hears jobs" in said
        status, said = await ops(system, "connections", "ops-ann")
        assert (status, "ops-ann: 1 open" in said) == (0, True)


async def test_a_rejected_event_is_found_and_goes_on_when_the_producer_was_mended(system: System) -> None:
    await system.put("job.nonsense", {}, id="ops-2")

    await until(system, "it waits in RejectedEvents: unknown event type", "why", "ops-2")
    status, said = await ops(system, "doctor")
    assert status == 1
    assert "python -m ops redrive rejected" in said
    status, said = await ops(system, "redrive", "rejected")
    assert "back on the bus" in said
    # The type is still unknown: it comes back to where it was.
    await ops(system, "redrive", "rejected", "--go")
    await until(system, "it waits in RejectedEvents", "why", "ops-2")
    assert (await system.queue_message("RejectedEvents"))["Body"]
