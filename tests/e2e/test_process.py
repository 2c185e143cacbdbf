"""The local system as a program: starts, says what is wrong, leaves nothing running, starts again."""

import asyncio
import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.e2e.system import DidNotStart, System, descendants

pytestmark = pytest.mark.network


async def test_health_tells_the_state_of_each_part(system: System) -> None:
    status, health = system.request("GET", "/health")
    assert (status, health["status"]) == (200, "ok")
    assert {"gateway", "aws", "queues", "schedules", "function tidings-local-publisher"} <= set(
        health["parts"]
    )


async def test_the_start_says_what_runs_where_and_gives_lines_that_work(system: System) -> None:
    said = await asyncio.to_thread(system.log.read_text)
    assert system.guide_url in said
    assert f"aws --endpoint-url {system.aws} events put-events" in said
    assert "state is in memory" in said
    [line] = [line.strip() for line in said.splitlines() if "scripts/tidings publish" in line]
    async with system.client("channels=jobs") as client:
        process = await asyncio.create_subprocess_shell(line, stdout=asyncio.subprocess.DEVNULL)
        assert await process.wait() == 0
        assert (await client.next_of("job.created"))["data"]["job_id"] == 42


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def all_gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 10
    while any(alive(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.mark.slow
async def test_two_full_restarts_on_the_same_ports_serve_and_leave_nothing_running(tmp_path: Path) -> None:
    port = aws_port = 0
    for _ in range(2):
        system = await asyncio.to_thread(System.start, tmp_path, port=port, aws_port=aws_port)
        port, aws_port = (int(address.rpartition(":")[2]) for address in (system.gateway, system.aws))
        async with system.client("channels=jobs") as client:
            assert (await client.ask(action="ping"))["type"] == "system.pong"
        children = list(descendants(system.process.pid))
        assert len(children) >= 6
        assert await asyncio.to_thread(system.stop) == 0
        assert await asyncio.to_thread(all_gone, children)


@pytest.mark.slow
async def test_killed_hard_it_leaves_nothing_running(tmp_path: Path) -> None:
    system = await asyncio.to_thread(System.start, tmp_path)
    children = list(descendants(system.process.pid))
    os.kill(system.process.pid, signal.SIGKILL)
    system.process.wait()
    assert await asyncio.to_thread(all_gone, children)


async def test_when_moto_dies_it_says_so_and_ends(tmp_path: Path) -> None:
    system = await asyncio.to_thread(System.start, tmp_path)
    children = list(descendants(system.process.pid))
    [moto] = [pid for pid in children if b"moto_server" in Path(f"/proc/{pid}/cmdline").read_bytes()]  # noqa: ASYNC240 - a few bytes of /proc
    os.kill(moto, signal.SIGKILL)
    assert await asyncio.to_thread(system.process.wait, 30) == 1
    assert "moto's process has ended, and the state with it" in system.log.read_text()
    assert await asyncio.to_thread(all_gone, children)


@pytest.mark.parametrize(("which", "variable"), [("port", "TIDINGS_PORT"), ("aws_port", "TIDINGS_AWS_PORT")])
async def test_a_taken_port_names_the_holder_and_the_variable_that_changes_it(
    tmp_path: Path, which: str, variable: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(DidNotStart) as complaint:
            await asyncio.to_thread(lambda: System.start(tmp_path, **{which: port}))
    said = str(complaint.value)
    assert f"Port {port} is taken by process {os.getpid()}" in said
    assert f"lsof -nP -iTCP:{port}" in said
    assert f"{variable}={port + 1}" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("template", "complaint"),
    [
        ({"Resources": {}}, "the local run serves one WebSocket API; the template has 0: none"),
        (
            {
                "Resources": {
                    "Api": {
                        "Type": "AWS::ApiGatewayV2::Api",
                        "Properties": {"ProtocolType": "WEBSOCKET", "Name": {"Fn::Cidr": []}},
                    }
                }
            },
            "Api.Name: Fn::Cidr is not supported by the local run",
        ),
    ],
    ids=["no api", "unknown intrinsic"],
)
async def test_a_template_it_cannot_run_is_refused_in_one_line(
    tmp_path: Path, template: object, complaint: str
) -> None:
    file = tmp_path / "app.json"
    file.write_text(json.dumps(template))
    with pytest.raises(DidNotStart) as refused:
        await asyncio.to_thread(System.start, tmp_path, str(file))
    assert str(refused.value).strip() == complaint
