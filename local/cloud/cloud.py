"""The moving parts of a stack: functions and whatever invokes them, started and stopped together."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.clock import MovableClock
from local.cloud import bus, event_sources, streams
from local.cloud.aws_process import AwsProcess
from local.cloud.bridges import BridgePoller
from local.cloud.event_sources import EventSource
from local.cloud.faults import FaultRule, Faults
from local.cloud.functions import async_configs
from local.cloud.invocations import Invocations
from local.cloud.resources import Resources
from local.cloud.schedules import Schedules
from local.cloud.sqs import Sqs
from local.cloud.stack import Stack
from local.cloud.streams import StreamSource
from local.cloud.targets import Targets
from local.cloud.topics import TopicPoller
from local.lambda_runtime.async_invoke import AsyncInvoker
from local.lambda_runtime.function import Function, RuntimeSettings
from local.lambda_runtime.runtime import LambdaRuntime
from local.lambda_runtime.sandbox import LogSink

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

    from local.cloud.poller import Poller

# A message on its way from its queue to its poller is seen in neither. It takes some milliseconds.
SETTLED_LOOKS = 3
LOOK_AGAIN_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a stack runs in."""

    aws: AwsProcess
    events: "EventBridgeClient"
    clock: MovableClock
    logs: LogSink
    settings: RuntimeSettings


class Cloud:
    def __init__(
        self,
        stack: Stack,
        resources: Resources,
        functions: Iterable[Function],
        surroundings: Surroundings,
    ) -> None:
        self.faults = Faults()
        self.aws = surroundings.aws
        clock = surroundings.clock
        self.runtime = LambdaRuntime(
            functions,
            clock=clock,
            logs=surroundings.logs,
            settings=surroundings.settings,
            faults=self.faults,
        )
        self._sqs = Sqs(f"http://127.0.0.1:{self.aws.port}")
        targets = Targets(sqs=self._sqs, events=surroundings.events, naming=stack.naming, clock=clock)
        self._asynchronous = AsyncInvoker(
            self.runtime, clock=clock, configs=async_configs(stack), destinations=targets
        )
        targets.functions = self._asynchronous
        self.schedules = Schedules(bus.schedules(stack), targets=targets, clock=clock, account=stack.account)
        self.pollers: list[Poller] = [
            BridgePoller(self._sqs, bridge, targets=targets, clock=clock, faults=self.faults)
            for bridge in resources.bridges
        ]
        self.pollers += [
            TopicPoller(self._sqs, bridge, targets=targets) for bridge in resources.topic_bridges
        ]
        for mapping in event_sources.mappings(stack):
            url = targets.queue_url(mapping.queue_arn)
            self.pollers.append(
                EventSource(self._sqs, url, mapping, functions=self.runtime, clock=clock, faults=self.faults)
            )
        for stream in streams.stream_mappings(stack):
            url = f"{stack.naming.aws_endpoint}/{stack.account.account_id}/{stream.queue_name}"
            self.pollers.append(StreamSource(self._sqs, url, stream, functions=self.runtime, clock=clock))

    @property
    def invocations(self) -> Invocations:
        return Invocations(self.runtime, self._asynchronous)

    async def set_faults(self, rules: Iterable[FaultRule], *, seed: int) -> None:
        """Replace the rules in force, here and in the local AWS; the seed starts anew."""
        self.faults.replace(rules, seed=seed)
        await self.aws.set_faults(self.faults.rules, seed=seed)

    def start(self) -> None:
        self.runtime.start()
        for poller in self.pollers:
            poller.start()
        self.schedules.start()

    async def close(self) -> None:
        await self.schedules.close()
        await asyncio.gather(*(poller.close() for poller in self.pollers))
        await self._asynchronous.close()
        await self.runtime.close()
        await self._sqs.close()

    @property
    def busy(self) -> int:
        return (
            self.runtime.in_progress
            + self._asynchronous.in_progress
            + sum(poller.busy for poller in self.pollers)
        )

    async def next_visible_at(self) -> float | None:
        """When the next delayed or failed message appears in a queue that somebody reads."""
        queues = await self.aws.queues()
        moments = [queues[poller.queue_name].next_visible_at for poller in self.pollers]
        return min((moment for moment in moments if moment is not None), default=None)

    async def settle(self) -> None:
        """Return when nothing runs and nothing waits in a queue that somebody reads."""
        looks = 0
        while looks < SETTLED_LOOKS:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
            if self.busy:
                looks = 0
                continue
            queues = await self.aws.queues()
            waiting = sum(queues[poller.queue_name].visible for poller in self.pollers if not poller.resting)
            looks = 0 if waiting or self.busy else looks + 1

    def state(self) -> dict[str, Any]:
        return {
            "functions": self.runtime.state(),
            "asynchronous": {
                "in_progress": self._asynchronous.in_progress,
                "waiting_for_retry": self._asynchronous.resting,
            },
            "schedules_fired": dict(self.schedules.fired),
        }
