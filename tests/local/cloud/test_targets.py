"""How events reach what rules target, over moto's bus, bridge queues and schedules."""

import asyncio
import json
import re
from typing import Any

import pytest

from local.clock import MovableClock
from local.cloud import bus
from local.cloud.aws_process import AwsProcess
from local.cloud.bridges import BridgePoller
from local.cloud.endpoints import Endpoints
from local.cloud.errors import TemplateError
from local.cloud.faults import Fault, FaultRule, Faults
from local.cloud.resources import Clients, create
from local.cloud.schedules import Schedules
from local.cloud.sqs import Sqs
from local.cloud.stack import Stack
from local.cloud.targets import Targets
from tests.local.cloud.conftest import MakeStack
from tests.local.cloud.local_aws import FakeFunctions

network = pytest.mark.network

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:publisher:live"
ORDERS = {"source": ["shop"]}


def rule(*targets: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::Events::Rule",
        "Properties": {
            "Targets": [{"Id": f"T{n}", **target} for n, target in enumerate(targets)],
            **properties,
        },
    }


def queue(name: str) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}


def arn_of(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


WITH_TIME = {
    "InputTransformer": {
        "InputPathsMap": {"n": "$.detail.n"},
        "InputTemplate": '{"n": <n>, "at": "<aws.events.event.ingestion-time>",'
        ' "rule": <aws.events.rule-name>, "event": <aws.events.event>}',
    }
}
BUS = {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "shop"}}}
ON_BUS = {"EventBusName": {"Ref": "Bus"}, "EventPattern": ORDERS}


class Bench:
    def __init__(self, stack: Stack, aws: AwsProcess, made_with: Clients, sqs: Sqs) -> None:
        self.stack, self.made_with, self.sqs = stack, made_with, sqs
        self.clock, self.faults, self.functions = MovableClock(), Faults(), FakeFunctions()
        self.targets = Targets(sqs=sqs, events=made_with.events, naming=stack.naming, clock=self.clock)
        self.targets.functions = self.functions
        self.pollers = [
            BridgePoller(sqs, bridge, targets=self.targets, clock=self.clock, faults=self.faults)
            for bridge in create(stack, made_with).bridges
        ]
        self.url = f"http://127.0.0.1:{aws.port}/123456789012/"
        for poller in self.pollers:
            poller.start()

    async def put(self, *details: dict[str, Any], source: str = "shop") -> None:
        entries: Any = [
            {"EventBusName": "shop", "Source": source, "DetailType": "order", "Detail": json.dumps(detail)}
            for detail in details
        ]
        await asyncio.to_thread(self.made_with.events.put_events, Entries=entries)

    async def message(self, name: str) -> dict[str, Any]:
        [message] = await self.sqs.receive(self.url + name, up_to=1)
        return message

    async def close(self) -> None:
        for poller in self.pollers:
            await poller.close()


@pytest.fixture
async def make_bench(make_stack: MakeStack, aws: AwsProcess, made_with: Clients, sqs: Sqs) -> Any:
    benches = []

    def make(resources: dict[str, Any]) -> Bench:
        endpoints = Endpoints(gateway_port=1, aws_port=aws.port, host="127.0.0.1")
        benches.append(Bench(make_stack(BUS | resources, endpoints=endpoints), aws, made_with, sqs))
        return benches[-1]

    yield make
    for bench in benches:
        await bench.close()


class TestOverTheBus:
    pytestmark = network

    async def test_a_function_gets_the_events_that_match_and_no_others(self, make_bench: Any) -> None:
        bench: Bench = make_bench({"Rule": rule({"Arn": FUNCTION}, **ON_BUS)})
        await bench.put({"n": 1}, source="other")
        await bench.put({"n": 2})
        await bench.functions.until(lambda: bool(bench.functions.submitted))
        [(reference, event)] = bench.functions.submitted
        assert reference == FUNCTION
        assert event["detail"] == {"n": 2}
        assert event["account"] == "123456789012"

    async def test_input_is_made_as_the_target_asks(self, make_bench: Any) -> None:
        bench: Bench = make_bench(
            {
                "Parts": queue("parts"),
                "Rule": rule(
                    {"Arn": FUNCTION, "Input": '{"fixed": true}'},
                    {"Arn": arn_of("Parts"), "InputPath": "$.detail"},
                    **ON_BUS,
                ),
            }
        )
        await bench.put({"n": 1})
        assert json.loads((await bench.message("parts"))["Body"]) == {"n": 1}
        await bench.functions.until(lambda: bool(bench.functions.submitted))
        assert bench.functions.submitted == [(FUNCTION, {"fixed": True})]

    async def test_what_a_target_refuses_goes_to_its_dead_letter_queue_with_the_reason(
        self, make_bench: Any
    ) -> None:
        target = {
            "Arn": FUNCTION,
            "DeadLetterConfig": {"Arn": arn_of("Failed")},
            "RetryPolicy": {"MaximumRetryAttempts": 0},
        }
        bench: Bench = make_bench({"Failed": queue("failed"), "Rule": rule(target, **ON_BUS)})
        bench.functions.refuse = True
        await bench.put({"n": 1})
        message = await bench.message("failed")
        assert json.loads(message["Body"])["detail"] == {"n": 1}
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert attributes["TARGET_ARN"] == FUNCTION
        assert attributes["ERROR_CODE"] == "ResourceNotFoundException"
        assert attributes["RULE_ARN"].startswith("arn:aws:events:us-east-1:123456789012:rule/shop/")

    async def test_a_bus_may_deliver_twice(self, make_bench: Any) -> None:
        bench: Bench = make_bench({"Rule": rule({"Arn": FUNCTION}, **ON_BUS)})
        bench.faults.replace([FaultRule(fault=Fault.BUS_DUPLICATE)], seed=1)
        await bench.put({"n": 1})
        await bench.functions.until(lambda: len(bench.functions.submitted) == 2)
        assert bench.functions.submitted[0] == bench.functions.submitted[1]

    async def test_the_ingestion_time_tells_the_order_of_put_events_whatever_the_bus_does(
        self, make_bench: Any
    ) -> None:
        bench: Bench = make_bench({"Rule": rule({"Arn": FUNCTION, **WITH_TIME}, **ON_BUS)})
        faults = [
            FaultRule(fault=Fault.BUS_REORDER),
            FaultRule(fault=Fault.BUS_DUPLICATE, share=0.5),
            FaultRule(fault=Fault.BUS_DELAY, seconds=60, times=3),
        ]
        bench.faults.replace(faults, seed=1)
        for first in range(0, 40, 10):
            await bench.put(*({"n": number} for number in range(first, first + 10)))
        received = bench.functions.submitted
        async with asyncio.timeout(30):
            while len({event["n"] for _, event in received}) < 40:
                bench.clock.advance(60)
                await asyncio.sleep(0.005)
        times = {event["n"]: event["at"] for _, event in received}
        assert all(event["at"] == times[event["n"]] for _, event in received)
        assert [event["n"] for _, event in received] != sorted(times)
        in_order = [times[number] for number in range(40)]
        assert in_order == sorted(set(in_order))
        assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", moment) for moment in in_order)
        assert received[0][1]["rule"] == "toy-Rule"
        assert received[0][1]["event"].keys() >= {"id", "source", "time"}
        assert "ingestion-time" not in received[0][1]["event"]

    async def test_a_late_event_waits_on_the_movable_clock(self, make_bench: Any) -> None:
        bench: Bench = make_bench({"Rule": rule({"Arn": FUNCTION}, **ON_BUS)})
        bench.faults.replace([FaultRule(fault=Fault.BUS_DELAY, seconds=3_600)], seed=1)
        await bench.put({"n": 1})
        async with asyncio.timeout(30):
            while bench.clock.next_deadline() is None:  # noqa: ASYNC110 - the poller is another task of real time
                await asyncio.sleep(0.005)
        assert bench.functions.submitted == []
        bench.clock.advance(3_600)
        await bench.functions.until(lambda: bool(bench.functions.submitted))

    async def test_a_rate_rule_fires_at_once_and_then_at_each_minute_of_the_clock(
        self, make_bench: Any
    ) -> None:
        bench: Bench = make_bench({"Tick": rule({"Arn": FUNCTION}, ScheduleExpression="rate(1 minute)")})
        schedules = Schedules(
            bus.schedules(bench.stack),
            targets=bench.targets,
            clock=bench.clock,
            account=bench.stack.account,
        )
        schedules.start()
        fired = bench.functions.submitted
        await bench.functions.until(lambda: len(fired) == 1)
        for _ in range(2):
            count = len(fired)
            bench.clock.advance(60)
            await bench.functions.until(lambda before=count: len(fired) > before)  # type: ignore[misc]  # bound now
        # A leap fires once, for the last minute that it passed.
        count = len(fired)
        bench.clock.advance(3_600)
        await bench.functions.until(lambda: len(fired) > count)
        await asyncio.sleep(0)
        await schedules.close()
        assert len(fired) == count + 1
        event = fired[-1][1]
        assert (event["source"], event["detail-type"]) == ("aws.events", "Scheduled Event")
        assert event["time"].endswith(":00Z")


def test_a_target_that_the_local_run_lacks_is_named(make_stack: MakeStack) -> None:
    stack = make_stack(
        {"Rule": rule({"Arn": "arn:aws:states:us-east-1:1:stateMachine:x"}, ScheduleExpression="rate(1 day)")}
    )
    with pytest.raises(TemplateError, match="Rule: the local run has no rule targets of states"):
        list(bus.schedules(stack))


def test_a_disabled_schedule_does_not_fire(make_stack: MakeStack) -> None:
    stack = make_stack({"Rule": rule({"Arn": FUNCTION}, ScheduleExpression="rate(1 day)", State="DISABLED")})
    assert list(bus.schedules(stack)) == []
