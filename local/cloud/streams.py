"""DynamoDB event source mappings: the records of a table's stream to a function, in their order.

https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-eventsourcemapping.html
"""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.clock import MovableClock
from local.cloud.errors import TemplateError
from local.cloud.event_sources import MAPPING, failed_items, is_enabled
from local.cloud.filter_criteria import FilterCriteria
from local.cloud.poller import Poller
from local.cloud.sqs import MAX_BATCH, Sqs
from local.cloud.stack import Stack
from local.cloud.stream_queues import queue_name
from local.gateway.invoker import InvocationRefused, Invoker

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

TABLES = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")
FOREVER = -1
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 60.0
NEVER_VISIBLE_AGAIN_SECONDS = 43_200


@dataclass(frozen=True, slots=True)
class StreamMapping:
    stream_arn: str
    function: str
    queue_name: str
    filters: FilterCriteria
    batch_size: int = MAX_BATCH
    partial_responses: bool = False
    max_retries: int = FOREVER


def stream_mappings(stack: Stack) -> Iterator[StreamMapping]:
    tables = {
        table.identity.attributes["StreamArn"]: table for table in stack.of_type("AWS::DynamoDB::Table")
    }
    for found in stack.of_type(MAPPING):
        arn = found.require("EventSourceArn")
        if not arn.startswith("arn:") or arn.split(":")[2] != "dynamodb" or not is_enabled(found):
            continue
        if arn not in tables or "StreamSpecification" not in tables[arn].properties:
            raise TemplateError(
                f"{found.where}: EventSourceArn: no table of the template has the stream {arn}"
            )
        yield StreamMapping(
            stream_arn=arn,
            function=found.require("FunctionName"),
            queue_name=queue_name(tables[arn].identity.ref, found.resource.logical_id),
            filters=FilterCriteria.of(found),
            batch_size=int(found.number("BatchSize", 100)),
            partial_responses="ReportBatchItemFailures" in found.get("FunctionResponseTypes", []),
            max_retries=int(found.number("MaximumRetryAttempts", FOREVER)),
        )


def create_queues(stack: Stack, sqs: "SQSClient") -> None:
    for mapping in stream_mappings(stack):
        timeout = str(NEVER_VISIBLE_AGAIN_SECONDS)
        sqs.create_queue(QueueName=mapping.queue_name, Attributes={"VisibilityTimeout": timeout})


class StreamSource(Poller):
    """One batch at a time: a failed one is tried again before those after it."""

    def __init__(
        self, sqs: Sqs, queue_url: str, mapping: StreamMapping, *, functions: Invoker, clock: MovableClock
    ) -> None:
        super().__init__(sqs, queue_url, concurrency=1, batch_size=min(mapping.batch_size, MAX_BATCH))
        self._mapping = mapping
        self._functions = functions
        self._clock = clock

    async def work_on(self, messages: list[dict[str, Any]]) -> None:
        records = [
            {**json.loads(message["Body"]), "eventSourceARN": self._mapping.stream_arn}
            for message in messages
        ]
        left = [record for record in records if self._mapping.filters.lets_through(record)]
        retries, pause_seconds = 0, FIRST_PAUSE_SECONDS
        while left and (following := await self._failed_of(left)):
            if following == left:
                if retries == self._mapping.max_retries:
                    logger.warning("%s gave up on %d stream records", self._mapping.function, len(left))
                    break
                retries += 1
                await self.rest_until(self._clock, self._clock.now() + pause_seconds)
                pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
            left = following
        await self._sqs.delete(self.queue_url, [message["ReceiptHandle"] for message in messages])

    async def _failed_of(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """The first record that failed and all after it."""
        try:
            answer = await self._functions.invoke(self._mapping.function, {"Records": records})
        except InvocationRefused:
            return records
        if answer.error is not None:
            return records
        if not self._mapping.partial_responses:
            return []
        failed = failed_items(answer)
        if failed is None:
            return records
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        places = [place for place, number in enumerate(numbers) if number in failed]
        if len(places) != len(failed):
            return records
        return records[min(places) :] if places else []
