"""Puts events on the bus for backend services: checked first, in batches, what was refused tried again."""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tidings.backoff import full_jitter
from tidings.errors import TidingsError
from tidings.events import PAYLOADS
from tidings.payload import Payload, Unknown

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html: ten entries, and the older
# of the documented sizes, which every Region accepts.
BATCH_ENTRIES: Final = 10
BATCH_BYTES: Final = 256 * 1024
# What Tidings delivers at most; more is kept in its queue of rejected events.
EVENT_BYTES: Final = 64 * 1024
RETRY_BASE_SECONDS: Final = 0.2
RETRY_CAP_SECONDS: Final = 5.0


class NotPublished(TidingsError):
    """The bus did not take some events, also not when asked again; `messages` are those, `codes` why."""

    def __init__(self, messages: "Sequence[Message]", codes: Sequence[str]) -> None:
        super().__init__(f"{len(messages)} events were not accepted: {', '.join(sorted(set(codes)))}")
        self.messages = messages
        self.codes = codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event to publish. Its id makes a retry harmless: the same id is delivered once."""

    payload: Payload
    user_id: str | None = None
    """Only to this user's connections; to everyone on the channel when None."""
    deliver_at: str | None = None
    schedule_key: str | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def __post_init__(self) -> None:
        if isinstance(self.payload, Unknown) or not self.payload.from_producers:
            raise ValueError(
                f"{self.payload.event_type or 'an unknown event'} is not accepted from producers"
            )
        if (size := len(self.detail().encode())) > EVENT_BYTES:
            raise ValueError(
                f"{self.payload.event_type} has {size} bytes, more than the {EVENT_BYTES} allowed"
            )

    def detail(self) -> str:
        given = {
            "id": self.id,
            "user_id": self.user_id,
            "deliver_at": self.deliver_at,
            "schedule_key": self.schedule_key,
        }
        data = self.payload.model_dump(mode="json", exclude_unset=True)
        return json.dumps(
            {"data": data, **{name: value for name, value in given.items() if value is not None}}
        )


def message(event_type: str, data: Mapping[str, Any], **options: str | None) -> Message:
    """A message from plain data. Raises ValueError (pydantic's is one) when it is not valid."""
    if event_type not in PAYLOADS:
        raise ValueError(f"There is no event type {event_type!r}. There are: {', '.join(PAYLOADS)}")
    given = {name: value for name, value in options.items() if value is not None}
    return Message(payload=PAYLOADS[event_type].model_validate(data), **given)


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
    ) -> None:
        self._client = client
        self._bus = bus
        self._source = source
        self._attempts = attempts
        self._sleep = sleep
        self._chance = chance

    def publish(self, messages: Iterable[Message]) -> None:
        """Return when the bus has accepted all. Raises NotPublished with those it has not."""
        left: list[Message] = []
        codes: list[str] = []
        for batch in self._batches(messages):
            refused = self._publish_batch(batch)
            left += [message for message, _ in refused]
            codes += [code for _, code in refused]
        if left:
            raise NotPublished(left, codes)

    def _publish_batch(self, batch: Sequence[Message]) -> list[tuple[Message, str]]:
        refused: list[tuple[Message, str]] = []
        for attempt in range(self._attempts):
            answer = self._client.put_events(Entries=[self._entry(message) for message in batch])
            refused = [
                (message, result["ErrorCode"])
                for message, result in zip(batch, answer["Entries"], strict=True)
                if "ErrorCode" in result
            ]
            if not refused:
                return []
            batch = [message for message, _ in refused]
            if attempt + 1 < self._attempts:
                self._sleep(self._wait_seconds(attempt))
        return refused

    def _wait_seconds(self, attempt: int) -> float:
        return full_jitter(
            attempt, base_seconds=RETRY_BASE_SECONDS, cap_seconds=RETRY_CAP_SECONDS, chance=self._chance()
        )

    def _entry(self, message: Message) -> "PutEventsRequestEntryTypeDef":
        return {
            "EventBusName": self._bus,
            "Source": self._source,
            "DetailType": message.payload.event_type,
            "Detail": message.detail(),
        }

    def _batches(self, messages: Iterable[Message]) -> Iterator[list[Message]]:
        batch: list[Message] = []
        total = 0
        for message in messages:
            # EventBridge counts these three; see the entry size in its user guide.
            parts = (self._source, message.payload.event_type, message.detail())
            size = sum(len(part.encode()) for part in parts)
            if batch and (len(batch) == BATCH_ENTRIES or total + size > BATCH_BYTES):
                yield batch
                batch, total = [], 0
            batch.append(message)
            total += size
        if batch:
            yield batch
