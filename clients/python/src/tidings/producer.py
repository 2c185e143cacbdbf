"""Puts events on the bus for backend services: checked first, in batches, what was refused tried again."""

import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from tidings.backoff import full_jitter
from tidings.catalog import Payload
from tidings.errors import TidingsError
from tidings.message import Message, message
from tidings.moments import SENT, Moments

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

__all__ = ["Message", "NotPublished", "Producer", "message"]

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: ten entries, and the older
# of the documented sizes, which every Region accepts.
BATCH_ENTRIES: Final = 10
BATCH_BYTES: Final = 256 * 1024
RETRY_BASE_SECONDS: Final = 0.2
RETRY_CAP_SECONDS: Final = 5.0


class NotPublished(TidingsError):
    """The bus did not take some events, also not when asked again; `messages` are those, `codes` why."""

    def __init__(self, messages: Sequence[Message], codes: Sequence[str]) -> None:
        super().__init__(f"{len(messages)} events were not accepted: {', '.join(sorted(set(codes)))}")
        self.messages = messages
        self.codes = codes


class Producer:
    def __init__(
        self,
        client: "EventBridgeClient",
        *,
        bus: str,
        source: str,
        attempts: int = 5,
        sleep: Callable[[float], object] = time.sleep,
        chance: Callable[[], float] = random.random,
        moments: Moments = SENT,
    ) -> None:
        self._client = client
        self._bus = bus
        self._source = source
        self._attempts = attempts
        self._sleep = sleep
        self._chance = chance
        self._moments = moments

    def publish(
        self,
        payload: Payload,
        *,
        user_id: str | None = None,
        id: str | None = None,  # noqa: A002 - as the field is called on the bus
        deliver_at: str | None = None,
        schedule_key: str | None = None,
    ) -> str:
        """The id of the event, once the bus has accepted it.

        Raises InvalidEvent before anything is sent, with what Tidings would reject it for, and NotPublished.
        """
        one = Message(
            payload=payload,
            user_id=user_id,
            deliver_at=deliver_at,
            schedule_key=schedule_key,
            **({} if id is None else {"id": id}),
        )
        self.publish_all([one])
        return one.id

    def publish_all(self, messages: Iterable[Message]) -> None:
        """Return when the bus has accepted all. Raises NotPublished with those it has not."""
        left: list[Message] = []
        codes: list[str] = []
        for batch in self._batches(messages):
            refused = self._publish_batch(batch)
            left += [sent.message for sent, _ in refused]
            codes += [code for _, code in refused]
        if left:
            raise NotPublished(left, codes)

    def _publish_batch(self, batch: Sequence["_Sent"]) -> list[tuple["_Sent", str]]:
        refused: list[tuple[_Sent, str]] = []
        for attempt in range(self._attempts):
            answer = self._client.put_events(Entries=[sent.entry for sent in batch])
            refused = [
                (sent, result["ErrorCode"])
                for sent, result in zip(batch, answer["Entries"], strict=True)
                if "ErrorCode" in result
            ]
            if not refused:
                return []
            batch = [sent for sent, _ in refused]
            if attempt + 1 < self._attempts:
                self._sleep(self._wait_seconds(attempt))
        return refused

    def _wait_seconds(self, attempt: int) -> float:
        return full_jitter(
            attempt, base_seconds=RETRY_BASE_SECONDS, cap_seconds=RETRY_CAP_SECONDS, chance=self._chance()
        )

    def _sent(self, message: Message) -> "_Sent":
        return _Sent(
            message,
            {
                "EventBusName": self._bus,
                "Source": self._source,
                "DetailType": message.type,
                # Once for each message: tried again, it keeps its place.
                "Detail": message.detail(sent_at=self._moments.next()),
            },
        )

    def _batches(self, messages: Iterable[Message]) -> Iterator[list["_Sent"]]:
        batch: list[_Sent] = []
        total = 0
        for one in messages:
            sent = self._sent(one)
            if batch and (len(batch) == BATCH_ENTRIES or total + sent.size > BATCH_BYTES):
                yield batch
                batch, total = [], 0
            batch.append(sent)
            total += sent.size
        if batch:
            yield batch


class _Sent(NamedTuple):
    message: Message
    entry: "PutEventsRequestEntryTypeDef"

    @property
    def size(self) -> int:
        """EventBridge counts these three; see the entry size in its user guide."""
        parts = (self.entry["Source"], self.entry["DetailType"], self.entry["Detail"])
        return sum(len(part.encode()) for part in parts)
