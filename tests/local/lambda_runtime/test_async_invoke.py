import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.lambda_runtime.async_invoke import AsyncConfig, AsyncInvoker
from tests.local.lambda_runtime.conftest import ARN, Bench, BenchMaker, toy

pytestmark = [pytest.mark.network]

QUEUE = "arn:aws:sqs:us-east-1:123456789012:failed"


@dataclass
class KeptRecords:
    sent: list[tuple[str, Any, Mapping[str, str]]] = field(default_factory=list)

    async def send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        self.sent.append((arn, json.loads(body), attributes))


def invoker_of(bench: Bench, records: KeptRecords, **config: Any) -> AsyncInvoker:
    configs = {"fails:$LATEST": AsyncConfig(**config), "fails:live": AsyncConfig(**config)}
    return AsyncInvoker(bench.runtime, clock=bench.clock, configs=configs, destinations=records)


async def until_rested(invoker: AsyncInvoker) -> None:
    async with asyncio.timeout(20):
        while invoker.in_progress:  # noqa: ASYNC110 - real processes have no event to wait for
            await asyncio.sleep(0.005)


async def settle(bench: Bench, invoker: AsyncInvoker) -> None:
    """Let each pause pass on the clock, as far as there are any."""
    await until_rested(invoker)
    while (deadline := bench.clock.next_deadline()) is not None:
        bench.clock.advance(deadline - bench.clock.now())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await until_rested(invoker)


async def test_a_failing_event_is_tried_three_times_and_then_told_to_the_destination(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench, records = make_bench(toy(code_root, "fails")), KeptRecords()
    invoker = invoker_of(bench, records, on_failure=QUEUE)
    request_id = invoker.submit(f"{ARN}fails:live", '{"job_id": 42}')
    await settle(bench, invoker)

    [(arn, record, _)] = records.sent
    assert arn == QUEUE
    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{ARN}fails:live",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 3,
    }
    assert record["requestPayload"] == {"job_id": 42}
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no such job"


@pytest.mark.parametrize(
    ("config", "condition", "attempts"),
    [
        ({"max_retries": 0}, "RetriesExhausted", 1),
        ({"max_age_seconds": 90.0}, "EventAgeExceeded", 2),
    ],
    ids=["no retries", "too old"],
)
async def test_the_functions_own_limits_end_the_tries(
    make_bench: BenchMaker, code_root: Path, config: dict[str, Any], condition: str, attempts: int
) -> None:
    bench, records = make_bench(toy(code_root, "fails")), KeptRecords()
    invoker = invoker_of(bench, records, on_failure=QUEUE, **config)
    invoker.submit("fails", "{}")
    await settle(bench, invoker)
    context = records.sent[0][1]["requestContext"]
    assert (context["condition"], context["approximateInvokeCount"]) == (condition, attempts)


async def test_the_dead_letter_queue_gets_the_event_itself_and_why(
    make_bench: BenchMaker, code_root: Path
) -> None:
    bench, records = make_bench(toy(code_root, "fails")), KeptRecords()
    invoker = invoker_of(bench, records, dead_letter=QUEUE, max_retries=0)
    request_id = invoker.submit("fails", '{"job_id": 42}')
    await settle(bench, invoker)
    reason = {"RequestID": request_id, "ErrorCode": "200", "ErrorMessage": "no such job"}
    assert records.sent == [(QUEUE, {"job_id": 42}, reason)]


async def test_a_throttled_event_waits_for_a_free_sandbox(make_bench: BenchMaker, code_root: Path) -> None:
    bench, records = make_bench(toy(code_root, "slow", reserved_concurrency=1)), KeptRecords()
    invoker = invoker_of(bench, records)
    for _ in range(3):
        invoker.submit("slow", '{"seconds": 0.01}')
    await settle(bench, invoker)
    assert (invoker.in_progress, records.sent) == (0, [])
