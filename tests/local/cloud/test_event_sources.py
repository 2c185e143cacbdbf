"""What becomes of the messages of a queue that is mapped to a function."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from local.clock import MovableClock
from local.cloud.aws_process import AwsProcess
from local.cloud.errors import TemplateError
from local.cloud.event_sources import EventSource, Mapping, failed_items, mappings
from local.cloud.faults import Fault, FaultRule, Faults
from local.cloud.filter_criteria import FilterCriteria
from local.cloud.resources import Clients
from local.cloud.sqs import Sqs
from local.gateway.invoker import Invocation
from tests.local.cloud.conftest import MakeStack
from tests.local.cloud.local_aws import FakeFunctions

network = pytest.mark.network

ARN = "arn:aws:sqs:us-east-1:123456789012:jobs"
VISIBILITY_SECONDS = 30


class Bench:
    """A queue with a redrive policy, mapped to a fake function."""

    def __init__(self, aws: AwsProcess, made_with: Clients, sqs: Sqs) -> None:
        self.aws, self.made_with, self.sqs = aws, made_with, sqs
        self.functions, self.faults, self.clock = FakeFunctions(), Faults(), MovableClock()
        self.failed_url = made_with.sqs.create_queue(QueueName="failed")["QueueUrl"]
        redrive = '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:failed", "maxReceiveCount": 2}'
        attributes: Any = {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive}
        self.url = made_with.sqs.create_queue(QueueName="jobs", Attributes=attributes)["QueueUrl"]
        self.source: EventSource | None = None

    def start(self, **mapping: Any) -> None:
        self.source = EventSource(
            self.sqs,
            self.url,
            Mapping(queue_arn=ARN, function="publisher", **mapping),
            functions=self.functions,
            clock=self.clock,
            faults=self.faults,
        )
        self.source.start()

    async def send(self, *bodies: str) -> None:
        entries: Any = [{"Id": str(place), "MessageBody": body} for place, body in enumerate(bodies)]
        await asyncio.to_thread(self.made_with.sqs.send_message_batch, QueueUrl=self.url, Entries=entries)

    async def batches(self, count: int) -> list[list[str]]:
        await self.functions.until(lambda: len(self.functions.events) >= count)
        return [[record["body"] for record in event["Records"]] for event in self.functions.events]

    async def left(self) -> int:
        """What is still in the queue once the batch that runs is done with."""
        assert self.source is not None
        while self.source.busy:  # noqa: ASYNC110 - real sockets have no event to wait for
            await asyncio.sleep(0.005)
        state = (await self.aws.queues())["jobs"]
        return state.visible + state.later

    async def pass_visibility_timeout(self) -> None:
        await self.pass_seconds(VISIBILITY_SECONDS + 1)

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.aws.move_clock(self.clock.offset_seconds)


@pytest.fixture
async def bench(aws: AwsProcess, made_with: Clients, sqs: Sqs) -> AsyncIterator[Bench]:
    made = Bench(aws, made_with, sqs)
    yield made
    if made.source is not None:
        await made.source.close()


class TestWithAQueue:
    pytestmark = network

    async def test_a_batch_arrives_as_lambda_gets_it_and_is_deleted_when_it_succeeds(
        self, bench: Bench
    ) -> None:
        await bench.send("a", "b")
        bench.start()
        assert sorted((await bench.batches(1))[0]) == ["a", "b"]
        record = bench.functions.events[0]["Records"][0]
        assert record["eventSource"] == "aws:sqs"
        assert record["eventSourceARN"] == ARN
        assert record["attributes"]["ApproximateReceiveCount"] == "1"
        assert set(record) == {
            "messageId",
            "receiptHandle",
            "body",
            "attributes",
            "messageAttributes",
            "md5OfBody",
            "eventSource",
            "eventSourceARN",
            "awsRegion",
        }
        assert await bench.left() == 0

    async def test_only_the_failed_messages_of_a_partial_batch_come_again(self, bench: Bench) -> None:
        def fail_b(event: Any) -> Any:
            failed = [record["messageId"] for record in event["Records"] if record["body"] == "b"]
            return {"batchItemFailures": [{"itemIdentifier": name} for name in failed]}

        bench.functions.answer = fail_b
        await bench.send("a", "b")
        bench.start(partial_responses=True)
        await bench.batches(1)
        assert await bench.left() == 1
        await bench.pass_visibility_timeout()
        assert (await bench.batches(2))[1] == ["b"]

    async def test_a_failed_message_comes_again_when_the_function_asked_for_it(self, bench: Bench) -> None:
        waits = {"soon": 5, "late": 120}

        async def fail_all(event: Any) -> Any:
            entries: Any = [
                {
                    "Id": str(place),
                    "ReceiptHandle": record["receiptHandle"],
                    "VisibilityTimeout": waits[record["body"]],
                }
                for place, record in enumerate(event["Records"])
            ]
            change = bench.made_with.sqs.change_message_visibility_batch
            await asyncio.to_thread(change, QueueUrl=bench.url, Entries=entries)
            return {"batchItemFailures": [{"itemIdentifier": r["messageId"]} for r in event["Records"]]}

        bench.functions.answer = fail_all
        await bench.send(*waits)
        bench.start(partial_responses=True)
        await bench.batches(1)
        assert await bench.left() == 2
        await bench.pass_seconds(6)
        assert (await bench.batches(2))[1] == ["soon"]
        await bench.pass_seconds(115)
        assert ["late"] in await bench.batches(3)

    async def test_a_message_that_was_sent_yesterday_can_be_asked_for_later(self, bench: Bench) -> None:
        await bench.send("old")
        await bench.pass_seconds(13 * 3_600)
        [message] = await bench.sqs.receive(bench.url)
        change = bench.made_with.sqs.change_message_visibility
        handle = message["ReceiptHandle"]
        await asyncio.to_thread(change, QueueUrl=bench.url, ReceiptHandle=handle, VisibilityTimeout=0)
        assert [again["Body"] for again in await bench.sqs.receive(bench.url)] == ["old"]

    @pytest.mark.parametrize(
        "answer",
        [
            lambda _event: ValueError("boom"),
            lambda _event: {"batchItemFailures": [{"itemIdentifier": "unknown"}]},
            lambda _event: {"batchItemFailures": [{"wrong": "key"}]},
        ],
        ids=["raised", "unknown id", "malformed"],
    )
    async def test_a_failed_batch_comes_again_and_in_the_end_goes_to_the_dead_letter_queue(
        self, bench: Bench, answer: Callable[[Any], Any]
    ) -> None:
        bench.functions.answer = answer
        await bench.send("a")
        bench.start(partial_responses=True)
        for receives in (1, 2):
            await bench.batches(receives)
            assert await bench.left() == 1
            await bench.pass_visibility_timeout()
        async with asyncio.timeout(30):
            while not (messages := await bench.sqs.receive(bench.failed_url, wait_seconds=1)):
                pass
        assert [message["Body"] for message in messages] == ["a"]
        assert len(bench.functions.events) == 2

    async def test_messages_that_no_filter_lets_through_are_deleted_unseen(self, bench: Bench) -> None:
        await bench.send('{"state": "new"}', '{"state": "paid"}', "paid")
        bench.start(filters=FilterCriteria(('{"body": {"state": ["paid"]}}', '{"body": ["plain"]}')))
        assert await bench.batches(1) == [['{"state": "paid"}']]
        assert await bench.left() == 0

    async def test_a_queue_may_deliver_twice(self, bench: Bench) -> None:
        bench.faults.replace([FaultRule(fault=Fault.QUEUE_DUPLICATE, times=1)], seed=1)
        await bench.send("a")
        bench.start()
        assert await bench.batches(2) == [["a"], ["a"]]
        assert await bench.left() == 0


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        ("null", set()),
        ("{}", set()),
        ('{"batchItemFailures": []}', set()),
        ('{"batchItemFailures": null}', set()),
        ('{"batchItemFailures": [{"itemIdentifier": "a"}]}', {"a"}),
        ('{"batchItemFailures": [{"itemIdentifier": ""}]}', None),
        ('{"batchItemFailures": [{"itemIdentifier": null}]}', None),
        ('{"batchItemFailures": [{}]}', None),
        ('"text"', None),
    ],
)
def test_a_partial_batch_response_names_what_failed(payload: str, expected: set[str] | None) -> None:
    assert failed_items(Invocation(payload=payload)) == expected


def mapping(**properties: Any) -> dict[str, Any]:
    defaults = {"EventSourceArn": ARN, "FunctionName": "publisher:live"}
    return {"Mapping": {"Type": "AWS::Lambda::EventSourceMapping", "Properties": defaults | properties}}


def test_a_mapping_is_read_from_the_template(make_stack: MakeStack) -> None:
    stack = make_stack(
        mapping(
            BatchSize=5,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            ScalingConfig={"MaximumConcurrency": 3},
        )
    )
    assert list(mappings(stack)) == [
        Mapping(queue_arn=ARN, function="publisher:live", batch_size=5, partial_responses=True, concurrency=3)
    ]
    assert list(mappings(make_stack(mapping(Enabled=False)))) == []


@pytest.mark.parametrize(
    ("properties", "complaint"),
    [
        ({"EventSourceArn": "arn:aws:kinesis:us-east-1:1:stream/x"}, "maps SQS queues and DynamoDB streams"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "FilterCriteria: { is no JSON object"),
    ],
    ids=["a stream", "a filter"],
)
def test_what_a_mapping_cannot_have_here_is_named(
    make_stack: MakeStack, properties: dict[str, Any], complaint: str
) -> None:
    stack = make_stack(mapping(**properties))
    with pytest.raises(TemplateError, match=f"Mapping: .*{complaint}"):
        list(mappings(stack))
