"""Stream records of a table on their way to a function."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from local.clock import MovableClock
from local.cloud.aws_process import AwsProcess
from local.cloud.endpoints import Endpoints
from local.cloud.errors import TemplateError
from local.cloud.resources import Clients, create
from local.cloud.sqs import Sqs
from local.cloud.streams import StreamSource, stream_mappings
from tests.local.cloud.conftest import MakeStack
from tests.local.cloud.local_aws import FakeFunctions

network = pytest.mark.network

ORDERS: dict[str, Any] = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "TableName": "orders",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
    },
}


def mapping(**properties: Any) -> dict[str, Any]:
    source = {"EventSourceArn": {"Fn::GetAtt": ["Orders", "StreamArn"]}, "FunctionName": "worker"}
    return {
        "Type": "AWS::Lambda::EventSourceMapping",
        "Properties": {**source, "StartingPosition": "LATEST", **properties},
    }


class Bench:
    def __init__(self, made_with: Clients, sqs: Sqs, stack: Any, port: int) -> None:
        self.dynamodb: Any = made_with.dynamodb
        self.functions, self.clock = FakeFunctions(), MovableClock()
        create(stack, made_with)
        [found] = stream_mappings(stack)
        url = f"http://127.0.0.1:{port}/123456789012/{found.queue_name}"
        self.source = StreamSource(sqs, url, found, functions=self.functions, clock=self.clock)

    async def put(self, name: str, **attributes: str) -> None:
        item = {"id": {"S": name}, **{key: {"S": value} for key, value in attributes.items()}}
        await asyncio.to_thread(self.dynamodb.put_item, TableName="orders", Item=item)

    async def batches(self, count: int) -> list[list[str]]:
        await self.functions.until(lambda: len(self.functions.events) >= count)
        return [
            [record["dynamodb"]["Keys"]["id"]["S"] for record in event["Records"]]
            for event in self.functions.events
        ]

    async def pass_pauses(self) -> None:
        """Move the clock past the next pause between two tries."""
        async with asyncio.timeout(30):
            while not self.source.resting:  # noqa: ASYNC110 - the source tells nobody that it rests
                await asyncio.sleep(0.005)
        assert self.source.busy == 0
        self.clock.advance(60)


@pytest.fixture
async def make_bench(
    make_stack: MakeStack, aws: AwsProcess, made_with: Clients, sqs: Sqs
) -> AsyncIterator[Any]:
    benches: list[Bench] = []

    def make(**properties: Any) -> Bench:
        endpoints = Endpoints(gateway_port=1, aws_port=aws.port, host="127.0.0.1")
        stack = make_stack({"Orders": ORDERS, "Mapping": mapping(**properties)}, endpoints=endpoints)
        benches.append(Bench(made_with, sqs, stack, aws.port))
        return benches[-1]

    yield make
    for bench in benches:
        await bench.source.close()


class TestRecords:
    pytestmark = network

    async def test_every_change_reaches_the_function_as_lambda_words_it(self, make_bench: Any) -> None:
        bench: Bench = make_bench()
        await bench.put("a", state="new")
        await bench.put("a", state="old")
        await bench.put("a", state="old")
        await asyncio.to_thread(bench.dynamodb.delete_item, TableName="orders", Key={"id": {"S": "a"}})
        bench.source.start()
        await bench.functions.until(
            lambda: sum(len(event["Records"]) for event in bench.functions.events) >= 3
        )
        records = [record for event in bench.functions.events for record in event["Records"]]
        assert [record["eventName"] for record in records] == ["INSERT", "MODIFY", "REMOVE"]
        changed = records[1]
        assert changed["eventSource"] == "aws:dynamodb"
        assert (
            changed["eventSourceARN"] == "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/local"
        )
        assert changed["dynamodb"]["OldImage"] == {"id": {"S": "a"}, "state": {"S": "new"}}
        assert changed["dynamodb"]["NewImage"] == {"id": {"S": "a"}, "state": {"S": "old"}}
        assert isinstance(changed["dynamodb"]["ApproximateCreationDateTime"], float)

    async def test_a_failed_batch_is_tried_again_before_what_came_after_it(self, make_bench: Any) -> None:
        bench: Bench = make_bench(BatchSize=1)
        answers: list[Any] = [ValueError("boom"), None, None]
        bench.functions.answer = lambda _event: answers.pop(0)
        await bench.put("a")
        await bench.put("b")
        bench.source.start()
        assert await bench.batches(1) == [["a"]]
        await bench.pass_pauses()
        assert await bench.batches(3) == [["a"], ["a"], ["b"]]

    async def test_of_a_batch_the_first_failed_record_and_all_after_it_come_again(
        self, make_bench: Any
    ) -> None:
        bench: Bench = make_bench(FunctionResponseTypes=["ReportBatchItemFailures"])

        def fail_b_once(event: Any) -> Any:
            numbers = {
                record["dynamodb"]["Keys"]["id"]["S"]: record["dynamodb"]["SequenceNumber"]
                for record in event["Records"]
            }
            failed = [{"itemIdentifier": numbers["b"]}] if "a" in numbers else []
            return {"batchItemFailures": failed}

        bench.functions.answer = fail_b_once
        for name in ("a", "b", "c"):
            await bench.put(name)
        bench.source.start()
        assert await bench.batches(2) == [["a", "b", "c"], ["b", "c"]]

    async def test_retries_end_when_the_mapping_says_so(self, make_bench: Any) -> None:
        bench: Bench = make_bench(BatchSize=1, MaximumRetryAttempts=1)
        bench.functions.answer = lambda event: (
            ValueError("boom") if event["Records"][0]["dynamodb"]["Keys"]["id"]["S"] == "a" else None
        )
        await bench.put("a")
        await bench.put("b")
        bench.source.start()
        await bench.batches(1)
        await bench.pass_pauses()
        assert await bench.batches(3) == [["a"], ["a"], ["b"]]

    async def test_only_records_that_a_filter_lets_through_reach_the_function(self, make_bench: Any) -> None:
        pattern = '{"dynamodb": {"NewImage": {"state": {"S": ["paid"]}}}}'
        bench: Bench = make_bench(FilterCriteria={"Filters": [{"Pattern": pattern}]})
        await bench.put("a", state="new")
        await bench.put("b", state="paid")
        bench.source.start()
        assert await bench.batches(1) == [["b"]]


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"EventSourceArn": "arn:aws:dynamodb:us-east-1:1:table/x/stream/y"}, "no table of the template"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "FilterCriteria: { is no JSON object"),
    ],
)
def test_what_cannot_be_mapped_is_named(
    make_stack: MakeStack, changes: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(TemplateError, match=f"Mapping: .*{complaint}"):
        list(stream_mappings(make_stack({"Orders": ORDERS, "Mapping": mapping(**changes)})))
