"""SQS event source mappings: batches from a queue to a function, and what becomes of them.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from local.clock import MovableClock
from local.cloud.errors import TemplateError
from local.cloud.faults import Fault, Faults
from local.cloud.filter_criteria import FilterCriteria
from local.cloud.poller import Poller
from local.cloud.sqs import MAX_BATCH, Sqs
from local.cloud.stack import Resolved, Stack
from local.gateway.invoker import Invocation, InvocationRefused, Invoker

# Lambda starts with five pollers on a standard queue.
DEFAULT_CONCURRENCY = 5
MAPPING = "AWS::Lambda::EventSourceMapping"


@dataclass(frozen=True, slots=True)
class Mapping:
    queue_arn: str
    function: str
    batch_size: int = MAX_BATCH
    window_seconds: float = 0.0
    partial_responses: bool = False
    concurrency: int = DEFAULT_CONCURRENCY
    filters: FilterCriteria = field(default_factory=FilterCriteria)


def mappings(stack: Stack) -> Iterator[Mapping]:
    for found in stack.of_type(MAPPING):
        arn = found.require("EventSourceArn")
        service = arn.split(":")[2] if arn.startswith("arn:") else ""
        if service not in {"sqs", "dynamodb"}:
            raise TemplateError(
                f"{found.where}: the local run maps SQS queues and DynamoDB streams, not {arn}"
            )
        if service != "sqs" or not is_enabled(found):
            continue
        yield Mapping(
            queue_arn=arn,
            function=found.require("FunctionName"),
            batch_size=int(found.get("BatchSize", MAX_BATCH)),
            window_seconds=float(found.get("MaximumBatchingWindowInSeconds", 0)),
            partial_responses="ReportBatchItemFailures" in found.get("FunctionResponseTypes", []),
            concurrency=int(found.get("ScalingConfig", {}).get("MaximumConcurrency", DEFAULT_CONCURRENCY)),
            filters=FilterCriteria.of(found),
        )


def is_enabled(found: Resolved) -> bool:
    return found.get("Enabled", True) not in (False, "false")


class EventSource(Poller):
    def __init__(
        self,
        sqs: Sqs,
        queue_url: str,
        mapping: Mapping,
        *,
        functions: Invoker,
        clock: MovableClock,
        faults: Faults,
    ) -> None:
        super().__init__(
            sqs, queue_url, concurrency=mapping.concurrency, batch_size=min(mapping.batch_size, MAX_BATCH)
        )
        self._mapping = mapping
        self._functions = functions
        self._clock = clock
        self._faults = faults

    async def more(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Fill the batch while its window lasts. Windows pass in real time, in which messages arrive."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + self._mapping.window_seconds
        while len(messages) < self._mapping.batch_size and (left := ends_at - loop.time()) > 0:
            wanted = self._mapping.batch_size - len(messages)
            messages += await self._sqs.receive(self.queue_url, up_to=wanted, wait_seconds=max(1, int(left)))
        return messages

    async def work_on(self, messages: list[dict[str, Any]]) -> None:
        name = self.queue_name
        delay = self._faults.strikes(Fault.QUEUE_DELAY, name)
        if delay:
            await self._clock.sleep_until(self._clock.now() + delay.seconds)
        batch = self._faults.reordered(Fault.QUEUE_REORDER, name, messages)
        passed = [message for message in batch if self._mapping.filters.lets_through(self._record(message))]
        done = [message for message in batch if message not in passed]
        if passed:
            if self._faults.strikes(Fault.QUEUE_DUPLICATE, name):
                await self._invoke(passed)
            done += await self._invoke(passed)
        if done:
            await self._sqs.delete(self.queue_url, [message["ReceiptHandle"] for message in done])

    async def _invoke(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The messages that are done with. The others show again after their visibility timeout."""
        event = {"Records": [self._record(message) for message in messages]}
        try:
            answer = await self._functions.invoke(self._mapping.function, event)
        except InvocationRefused:
            return []
        if answer.error is not None:
            return []
        if not self._mapping.partial_responses:
            return messages
        failed = failed_items(answer)
        ids = {message["MessageId"] for message in messages}
        if failed is None or not failed <= ids:
            return []
        return [message for message in messages if message["MessageId"] not in failed]

    def _record(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message.get("Attributes", {}),
            "messageAttributes": {
                name: _attribute(value) for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._mapping.queue_arn,
            "awsRegion": self._mapping.queue_arn.split(":")[3],
        }


def failed_items(answer: Invocation) -> set[str] | None:
    """The ids a partial batch response names; None when it is malformed, which fails the whole batch."""
    response = json.loads(answer.payload)
    if not response:
        return set()
    if not isinstance(response, dict):
        return None
    failures = response.get("batchItemFailures") or []
    try:
        ids = {failure["itemIdentifier"] for failure in failures}
    except (KeyError, TypeError):
        return None
    return None if {None, ""} & ids else ids


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    typed = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "StringValue" in value:
        typed["stringValue"] = value["StringValue"]
    if "BinaryValue" in value:
        typed["binaryValue"] = value["BinaryValue"]
    return typed
