"""boto3's clients as functions see them on a bad day: late, throttled, and the last thing that they did."""

import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import Any

from botocore.exceptions import ReadTimeoutError

from simulation.faults import AFTER, BEFORE, LATE, SLOW, THROTTLED, Faults
from simulation.hub import Hub
from simulation.memory.dynamodb import MemoryDynamoDB, Paginator
from simulation.memory.errors import client_error
from simulation.memory.sqs import MemorySQS

# shared/aws/clients.py: total_max_attempts and read_timeout.
ATTEMPTS = 4
READ_TIMEOUT_SECONDS = 5.0
# How far up the stack an adapter's method is looked for.
_FRAMES = 14
_DYNAMODB = ("get_item", "put_item", "update_item", "delete_item", "query")
# Generators that a port's method has returned before they ran.
_READERS = {
    "TopicPages.read": "Subscribers.pages",
    "TopicPages._one": "Subscribers.pages",
    "TopicPages._page": "Subscribers.pages",
    "DynamoSubscribers._user_on_channel": "Subscribers.pages",
}
_SQS = (
    "send_message",
    "send_message_batch",
    "change_message_visibility",
    "change_message_visibility_batch",
    "receive_message",
    "delete_message",
    "delete_message_batch",
)


class Calls:
    """Each call is a point where other tasks may run, and where something may go wrong."""

    def __init__(self, hub: Hub, faults: Faults) -> None:
        self.hub = hub
        self.faults = faults
        self.port_methods: Mapping[CodeType, str] = {}

    def call(self, operation: str, act: Callable[[], Any]) -> Any:
        hub, faults = self.hub, self.faults
        task = hub.task
        if task is None:
            return act()
        task.calls += 1
        about = f"{task.key}:{task.calls}"
        number = faults.chance.number(about)
        where = self._port_method(operation)
        fault = faults.of_call(about, number, where)
        # One to nine milliseconds, from bits that decide nothing else.
        hub.wait(0.001 + (number >> 8 & 0xFF) / 32_000)
        if fault is None:
            return act()
        if fault == BEFORE:
            hub.die()
        if fault == AFTER:
            self._in_vain(act)
            hub.die()
        if fault == SLOW:
            hub.wait(0.2 + (number >> 16 & 0xFF) / 64)
            return act()
        times = 1 + (0, 0, 0, 0, 0, 1, 2, 3)[number >> 24 & 7]
        if fault == LATE:
            return self._late(operation, act, times, number)
        return self._throttled(operation, act, times, number)

    def _late(self, operation: str, act: Callable[[], Any], times: int, number: int) -> Any:
        """Carried out, answered too late: botocore asks again, and the answer is the last one's."""
        for attempt in range(times):
            self._in_vain(act)
            self.hub.wait(READ_TIMEOUT_SECONDS + _backoff(attempt, number))
        if times == ATTEMPTS:
            raise ReadTimeoutError(endpoint_url=f"https://aws.test/{operation}")
        return act()

    def _throttled(self, operation: str, act: Callable[[], Any], times: int, number: int) -> Any:
        for attempt in range(times):
            self.hub.wait(_backoff(attempt, number))
        if times == ATTEMPTS:
            raise client_error(
                "ProvisionedThroughputExceededException", "The rate of requests is too high", operation
            )
        return act()

    def _in_vain(self, act: Callable[[], Any]) -> None:
        """What comes of it, nobody hears."""
        try:
            act()
        except Exception as exc:  # noqa: BLE001  an error is an answer too
            del exc

    def _port_method(self, operation: str) -> str:
        """The port's method under which the call was made, else the adapter's outermost function."""
        frame: FrameType | None = sys._getframe(3)  # noqa: SLF001  the stack says which port was asked
        adapter = operation
        for _ in range(_FRAMES):
            if frame is None:
                break
            code = frame.f_code
            found = self.port_methods.get(code)
            if found is not None:
                return found
            if "/shared/aws/" in code.co_filename:
                adapter = code.co_qualname
            frame = frame.f_back
        return _READERS.get(adapter, adapter)


def _backoff(attempt: int, number: int) -> float:
    """Botocore's standard mode: a random share of 1, 2, 4 seconds."""
    return float(2**attempt * ((number >> 32 + 4 * attempt & 0xF) / 16))


class TroubledDynamoDB:
    def __init__(self, memory: MemoryDynamoDB, calls: Calls) -> None:
        self._memory = memory
        self._calls = calls
        self.meta = memory.meta
        for name in _DYNAMODB:
            setattr(self, name, _troubled(calls, name, getattr(memory, name)))

    def get_paginator(self, _operation: str) -> Paginator:
        return Paginator(self.query)  # type: ignore[attr-defined]  set above

    def batch_get_item(self, **asked: Any) -> Any:
        return self._batch("batch_get_item", "UnprocessedKeys", asked)

    def batch_write_item(self, **asked: Any) -> Any:
        return self._batch("batch_write_item", "UnprocessedItems", asked)

    def _batch(self, name: str, unprocessed: str, asked: dict[str, Any]) -> Any:
        """Throttled in part: what comes last in the request is left over."""
        act = getattr(self._memory, name)
        whole: dict[str, Any] = asked["RequestItems"]
        table, requests = next(reversed(whole.items()))
        keys = requests["Keys"] if isinstance(requests, dict) else requests
        about = f"{self._key()}:{table}"
        if len(keys) < 2 or not self._calls.faults.happens(THROTTLED, about):  # noqa: PLR2004  halves
            return self._calls.call(name, lambda: act(**asked))
        half = len(keys) // 2
        done, left = keys[:half], keys[half:]
        if isinstance(requests, dict):
            done, left = {**requests, "Keys": done}, {**requests, "Keys": left}
        part = {**asked, "RequestItems": {**whole, table: done}}
        answer = self._calls.call(name, lambda: act(**part))
        return {**answer, unprocessed: {table: left}}

    def _key(self) -> str:
        task = self._calls.hub.task
        return "" if task is None else f"{task.key}:{task.calls}"


class TroubledSQS:
    def __init__(self, memory: MemorySQS, calls: Calls) -> None:
        for name in _SQS:
            setattr(self, name, _troubled(calls, name, getattr(memory, name)))


def _troubled(calls: Calls, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    def ask(**asked: Any) -> Any:
        return calls.call(name, lambda: act(**asked))

    return ask
