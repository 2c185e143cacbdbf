"""Hands events to what rules target, and records to the destinations of asynchronous invocations."""

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from local.clock import MovableClock
from local.cloud.identities import Naming
from local.cloud.input_transform import transformed
from local.cloud.sqs import Sqs, SqsError
from local.gateway.invoker import InvocationRefused

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

# EventBridge's defaults when a target has no RetryPolicy.
MAX_RETRIES = 185
MAX_AGE_SECONDS = 86_400
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 600.0


class Submits(Protocol):
    def submit(self, reference: str, payload: str) -> str:
        """Accept an asynchronous invocation. Raises InvocationRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """One target of one rule, as the template words it."""

    rule_arn: str
    arn: str
    properties: Mapping[str, Any]

    @property
    def service(self) -> str:
        return self.arn.split(":")[2]


class Targets:
    def __init__(self, *, sqs: Sqs, events: "EventBridgeClient", naming: Naming, clock: MovableClock) -> None:
        self.functions: Submits | None = None
        """Set once there are functions: they in turn tell their failures to queues through this object."""
        self._sqs = sqs
        self._events = events
        self._naming = naming
        self._clock = clock

    async def deliver(self, target: Target, event: Mapping[str, Any], *, ingestion_time: str) -> None:
        """Give it to the target; when that refuses for too long, to its dead-letter queue."""
        payload = transformed(
            target.properties, event, rule_arn=target.rule_arn, ingestion_time=ingestion_time
        )
        policy = target.properties.get("RetryPolicy", {})
        retries_left = int(policy.get("MaximumRetryAttempts", MAX_RETRIES))
        gives_up_at = self._clock.now() + float(policy.get("MaximumEventAgeInSeconds", MAX_AGE_SECONDS))
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            try:
                await self.send(target.arn, payload, {})
            except (InvocationRefused, SqsError) as refused:
                if retries_left == 0 or self._clock.now() + pause_seconds > gives_up_at:
                    await self._bury(target, payload, str(refused))
                    return
            else:
                return
            retries_left -= 1
            await self._clock.sleep_until(self._clock.now() + pause_seconds)
            pause_seconds = min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)

    async def send(self, arn: str, body: str, attributes: Mapping[str, str]) -> None:
        service = arn.split(":")[2]
        if service == "lambda":
            assert self.functions is not None  # noqa: S101 - set while the system is put together
            self.functions.submit(arn, body)
        elif service == "sqs":
            await self._sqs.send(self.queue_url(arn), body, attributes)
        else:
            await self._put_on_bus(arn, body)

    def queue_url(self, arn: str) -> str:
        return f"{self._naming.aws_endpoint}/{self._naming.account.account_id}/{arn.rpartition(':')[2]}"

    async def _put_on_bus(self, arn: str, body: str) -> None:
        record = json.loads(body)
        ended = record.get("requestContext", {}).get("condition")
        result = "Success" if ended == "Success" else "Failure"
        put: Callable[[], Any] = lambda: self._events.put_events(  # noqa: E731 - a call for a thread
            Entries=[
                {
                    "EventBusName": arn.rpartition("/")[2],
                    "Source": "lambda",
                    "DetailType": f"Lambda Function Invocation Result - {result}",
                    "Detail": body,
                }
            ]
        )
        await asyncio.to_thread(put)

    async def _bury(self, target: Target, payload: str, reason: str) -> None:
        dead_letter_arn = target.properties.get("DeadLetterConfig", {}).get("Arn")
        if dead_letter_arn:
            attributes = {
                "RULE_ARN": target.rule_arn,
                "TARGET_ARN": target.arn,
                "ERROR_CODE": reason.partition(":")[0],
                "ERROR_MESSAGE": reason,
            }
            await self._sqs.send(self.queue_url(dead_letter_arn), payload, attributes)
