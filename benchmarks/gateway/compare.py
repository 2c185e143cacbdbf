"""Our gateway beside serverless-offline, in one run on one machine.

    .venv/bin/python -m benchmarks.gateway.compare [REPEATS]

Shows connects, echo round trips with 1 and 50 clients, one post to each of 1,000 connections, and memory per
idle connection at 2,000 and 10,000; then the ratios to aim at: three times the throughput, a third of
the memory. Throughput is shown as elapsed, and as CPU of the server's whole process tree: the elapsed
figures suffer from whatever else runs on the machine, the CPU figures hardly do. Medians of REPEATS (3)
fresh servers, warmed up by 500 round trips. The clients run in this process.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.gateway.echo_server import API
from benchmarks.gateway.load import Client, connect_all, fan_out, round_trips
from benchmarks.gateway.server_process import cpu_seconds, resident_kb
from benchmarks.gateway.serverless_offline import PACKAGES, ROOT, Peer, free_port, install, service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

NODE_HANDLER = """
exports.echo = async (event) => ({
  statusCode: 200, body: event.body === 'id' ? event.requestContext.connectionId : event.body,
});
"""
CONNECTS = 500
AT_ONCE = 10  # every function call at once costs the peer a worker thread to start
IDLE = (2_000, 10_000)
FAN_OUT = 1_000
ROWS = {
    "connects a second": "connect",
    "CPU ms a connect": "connect-cpu",
    "echo round trips a second, 1 client": "echo-1",
    "CPU ms a round trip, 1 client": "echo-1-cpu",
    "echo round trips a second, 50 clients": "echo-50",
    "CPU ms a round trip, 50 clients": "echo-50-cpu",
    "posts a second, one to each of 1,000": "posts",
    "CPU ms a post": "posts-cpu",
    "KB per idle connection, 2,000": "idle-2000",
    "KB per idle connection, 10,000": "idle-10000",
}


@contextmanager
def ours(mode: str) -> Iterator[tuple[int, int, str]]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.gateway.echo_server", str(port), mode]
    process = subprocess.Popen(command, cwd=ROOT)  # noqa: S603  (this interpreter, fixed arguments)
    try:
        yield process.pid, port, "/dev"
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def peers(*options: str) -> Iterator[tuple[int, int, str]]:
    definition = service(API)
    definition["functions"] = {
        "echo": {
            "handler": "handler.echo",
            "timeout": 29,
            "events": [{"websocket": {"route": key}} for key in ("$connect", "$disconnect")]
            + [{"websocket": {"route": "$default", "routeResponseSelectionExpression": "$default"}}],
        }
    }
    peer = Peer("bench", definition, NODE_HANDLER, *options)
    try:
        peer.wait()
        yield peer.process.pid, peer.port, ""
    finally:
        peer.stop()


async def measure(pid: int, port: int, prefix: str) -> dict[str, float]:
    path = prefix or "/"
    await _until_up(port, path)
    found: dict[str, float] = {}
    (client,) = await connect_all(port, path, 1)
    await round_trips([client], 500)

    async def timed(name: str, count: int, work: Awaitable[Any]) -> Any:
        started, cpu = time.perf_counter(), cpu_seconds(pid)
        result = await work
        found[name] = count / (time.perf_counter() - started)
        found[f"{name}-cpu"] = 1_000 * (cpu_seconds(pid) - cpu) / count
        return result

    clients = await timed("connect", CONNECTS, connect_all(port, path, CONNECTS, at_once=AT_ONCE))
    await timed("echo-1", 1_000, round_trips([client], 1_000))
    await round_trips(clients[:50], 20)
    await timed("echo-50", 5_000, round_trips(clients[:50], 100))
    clients += await connect_all(port, path, FAN_OUT - CONNECTS, at_once=AT_ONCE)
    ids = [(await one.ask(b"id")).decode() for one in clients]
    await timed("posts", FAN_OUT, fan_out(port, prefix, clients, ids))
    for one in [client, *clients]:
        one.close()
    await asyncio.sleep(2)
    return found


async def measure_memory(pid: int, port: int, prefix: str) -> dict[str, float]:
    """On a fresh server that has seen 200 connections: later growth is the connections' own."""
    path = prefix or "/"
    await _until_up(port, path)
    for client in await connect_all(port, path, 200, at_once=AT_ONCE):
        client.close()
    await asyncio.sleep(2)
    found: dict[str, float] = {}
    before = resident_kb(pid)
    clients: list[Client] = []
    for count in IDLE:
        clients += await connect_all(port, path, count - len(clients), at_once=AT_ONCE)
        await asyncio.sleep(2)
        found[f"idle-{count}"] = (resident_kb(pid) - before) / count
    for client in clients:
        client.close()
    return found


async def _until_up(port: int, path: str) -> None:
    for _ in range(200):
        try:
            (client,) = await connect_all(port, path, 1)
        except (OSError, AssertionError):
            await asyncio.sleep(0.1)
        else:
            client.close()
            return
    raise SystemExit("the server did not come up")


def main(repeats: int) -> None:
    install()
    setups: dict[str, Callable[[], object]] = {
        "ours, function processes": lambda: ours("processes"),
        "ours, function in process": lambda: ours("in-process"),
        "serverless-offline, worker threads": peers,
        "serverless-offline, in process": lambda: peers("--useInProcess"),
    }
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in setups}
    for _ in range(repeats):
        for name, start in setups.items():
            figures: dict[str, float] = {}
            for measurement in (measure, measure_memory):
                with start() as (pid, port, prefix):  # type: ignore[attr-defined]  # every entry is a context manager
                    figures |= asyncio.run(measurement(pid, port, prefix))
            seen[name].append(figures)
            print(name, {key: round(value, 1) for key, value in figures.items()}, file=sys.stderr)
    medians = {
        name: {key: statistics.median(run[key] for run in runs) for key in ROWS.values()}
        for name, runs in seen.items()
    }
    _print(medians, repeats)


def _print(medians: dict[str, dict[str, float]], repeats: int) -> None:
    """Like against like: processes against threads, and both without either."""
    names = list(medians)
    ratios = {"processes : threads": (names[0], names[2]), "in process : in process": (names[1], names[3])}
    print(f"serverless-offline {PACKAGES['serverless-offline']}; medians of {repeats} runs\n")
    print("| | " + " | ".join([*names, *ratios]) + " |")
    print("|---|" + "---|" * (len(names) + len(ratios)))
    for title, key in ROWS.items():
        cells = [f"{medians[name][key]:,.2f}" for name in names]
        cells += [f"{medians[one][key] / medians[other][key]:.2f}" for one, other in ratios.values()]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
