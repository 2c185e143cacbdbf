import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.gateway.invoker import InvocationRefused
from tests.local.lambda_runtime.conftest import ARN, BenchMaker, toy

pytestmark = [pytest.mark.network]


async def test_the_answer_is_the_handlers_return_value_as_json(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "echo"))
    answer = await bench.runtime.invoke(f"{ARN}echo", {"körper": [1, None]})
    assert (answer.error, json.loads(answer.payload)) == (None, {"körper": [1, None]})


@pytest.mark.parametrize("reference", ["echo", "echo:live", f"{ARN}echo", f"{ARN}echo:live", f"{ARN}echo:7"])
async def test_a_function_is_found_by_name_arn_and_alias(
    make_bench: BenchMaker, code_root: Path, reference: str
) -> None:
    bench = make_bench(toy(code_root, "echo"))
    assert (await bench.runtime.invoke(reference, {})).payload == "{}"


async def test_an_unknown_function_is_refused(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "echo"))
    with pytest.raises(InvocationRefused, match="Function not found"):
        await bench.runtime.invoke("other", {})


async def test_the_environment_is_the_templates_and_lambdas_own_and_nothing_of_ours(
    make_bench: BenchMaker, code_root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEVELOPERS_SECRET", "1")
    bench = make_bench(
        toy(code_root, "about", environment={"TABLE": "jobs"}, memory_mb=256),
        endpoint_url="http://localhost:1",
    )
    about = json.loads((await bench.runtime.invoke("about", {})).payload)

    environment = about["environment"]
    assert environment["TABLE"] == "jobs"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "about"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/about"
    assert environment["AWS_ENDPOINT_URL"] == "http://localhost:1"
    assert environment["_X_AMZN_TRACE_ID"].startswith("Root=1-")
    assert "DEVELOPERS_SECRET" not in environment
    assert about["modules"] == []
    assert about["context"]["arn"] == "arn:aws:lambda:us-east-1:123456789012:function:about"
    assert 0 < about["context"]["remaining_ms"] <= 3_000


async def test_a_warm_sandbox_is_used_again(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "about"))
    pids = {json.loads((await bench.runtime.invoke("about", {})).payload)["pid"] for _ in range(3)}
    assert len(pids) == 1


async def test_invocations_at_the_same_time_run_in_processes_of_their_own(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "slow"), scale_up_after_seconds=0.01)
    answers = await asyncio.gather(*(bench.runtime.invoke("slow", {"seconds": 1.0}) for _ in range(2)))
    assert len({answer.payload for answer in answers}) == 2


async def test_beyond_the_bound_invocations_wait_for_a_sandbox(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "slow"), max_sandboxes=1, scale_up_after_seconds=0.01)
    answers = await asyncio.gather(*(bench.runtime.invoke("slow", {"seconds": 0.05}) for _ in range(4)))
    assert len({answer.payload for answer in answers}) == 1


async def test_beyond_the_reserved_concurrency_lambda_refuses(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "slow", reserved_concurrency=1))
    first = asyncio.create_task(bench.runtime.invoke("slow", {"seconds": 0.2}))
    await asyncio.sleep(0)
    with pytest.raises(InvocationRefused, match="Rate Exceeded"):
        await bench.runtime.invoke("slow", {"seconds": 0})
    assert (await first).error is None


async def test_who_stops_waiting_does_not_stop_the_function(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "slow"), max_sandboxes=1)
    impatient = asyncio.create_task(bench.runtime.invoke("slow", {"seconds": 0.2}))
    await asyncio.sleep(0)
    impatient.cancel()
    await asyncio.gather(impatient, return_exceptions=True)
    assert bench.runtime.in_progress == 1
    await bench.runtime.invoke("slow", {"seconds": 0})
    assert bench.runtime.in_progress == 0


async def test_changed_code_serves_the_next_invocation_and_running_ones_finish_on_the_old(
    make_bench: BenchMaker, code_root: Path
) -> None:
    code = code_root / "versioned.py"
    code.write_text(
        "import time\ndef handler(event, context):\n    time.sleep(event['seconds'])\n    return 'old'\n"
    )
    bench = make_bench(toy(code_root, "versioned", handler="versioned.handler"))
    assert (await bench.runtime.invoke("versioned", {"seconds": 0})).payload == '"old"'
    running = asyncio.create_task(bench.runtime.invoke("versioned", {"seconds": 0.3}))
    await asyncio.sleep(0.01)

    code.write_text("def handler(event, context):\n    return 'new'\n")
    bench.runtime.reload()

    assert (await bench.runtime.invoke("versioned", {})).payload == '"new"'
    assert (await running).payload == '"old"'


async def test_the_function_sees_the_moved_clock(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "about"))
    times = []
    for step in (0, 3_600, 86_400):
        bench.clock.advance(step)
        before = bench.clock.now()
        about = json.loads((await bench.runtime.invoke("about", {})).payload)
        times.append(before <= about["time"] <= bench.clock.now())
        assert 0 < about["context"]["remaining_ms"] <= 3_000
    assert times == [True, True, True]


async def test_what_a_function_prints_is_logged_under_its_name(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "talks"))
    await bench.runtime.invoke("talks", {})
    await bench.runtime.close()
    assert sorted(bench.logs.lines) == [
        ("talks", "[WARNING] from the root logger"),
        ("talks", "plain words"),
        ("talks", "to stderr"),
    ]


async def test_at_the_start_each_function_gets_one_warm_sandbox(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "echo"), toy(code_root, "fails"), toy(code_root, "nothing"))
    bench.runtime.start()
    async with asyncio.timeout(30):
        await bench.runtime._background[0]
    state = bench.runtime.state()
    assert {name: state[name]["warm"] for name in state} == {"echo": 1, "fails": 1, "nothing": 0}
    assert "Runtime.HandlerNotFound" in str(state["nothing"]["failure"])


async def test_sandboxes_that_nobody_uses_are_retired_except_the_last(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench = make_bench(toy(code_root, "slow"), scale_up_after_seconds=0.01, idle_seconds=0.0)
    await asyncio.gather(*(bench.runtime.invoke("slow", {"seconds": 1.0}) for _ in range(2)))
    assert bench.runtime.state()["slow"]["warm"] == 2
    bench.runtime._pools["slow"].retire_idle()
    assert bench.runtime.state()["slow"]["warm"] == 1


@dataclass
class ToldFaults:
    kills: int = 0
    freeze: str | None = None

    def kill_after_seconds(self, function: str) -> float | None:
        del function
        self.kills -= 1
        return 0.05 if self.kills >= 0 else None

    def freezes(self, function: str) -> bool:
        return function == self.freeze


async def test_a_function_can_be_killed_midway(make_bench: BenchMaker, code_root: Path) -> None:
    bench = make_bench(toy(code_root, "slow"), faults=ToldFaults(kills=1))
    killed = json.loads((await bench.runtime.invoke("slow", {"seconds": 30})).payload)
    assert killed["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert (await bench.runtime.invoke("slow", {"seconds": 0})).error is None


async def test_work_left_behind_stands_still_until_the_next_invocation(
    make_bench: BenchMaker, code_root: Path
) -> None:
    functions = [toy(code_root, "leaves_work"), toy(code_root, "slow")]
    bench = make_bench(*functions, faults=ToldFaults(freeze="leaves_work"))
    file = code_root / "work"
    await bench.runtime.invoke("leaves_work", {"file": str(file)})
    await bench.runtime.invoke("slow", {"seconds": 0.5})
    assert not await asyncio.to_thread(file.exists)
    await bench.runtime.invoke("leaves_work", {"file": str(file)})
