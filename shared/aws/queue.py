"""The queues of deliveries and of parts on SQS."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.app.ports.clock import Clock
from shared.domain.deliveries import Delivery
from shared.domain.errors import TryAgain
from shared.domain.limits import SQS_BATCH_ENTRIES, SQS_DELAY_SECONDS, SQS_MESSAGE_BYTES

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef


# SQS names what it did not take of a batch. It is asked again after these waits.
WAITS_SECONDS = (0.1, 0.4, 1.6)


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsQueue:
    sqs: "SQSClient"
    url: str
    clock: Clock
    jitter: Callable[[], float]
    """A random number in [0, 1)."""

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]

    def put(self, delivery: Delivery, *, delay_seconds: int = 0) -> None:
        self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=delivery.to_json(),
            DelaySeconds=min(delay_seconds, SQS_DELAY_SECONDS),
        )

    def put_all(self, deliveries: Iterable[tuple[Delivery, int]]) -> None:
        """Raises TryAgain when SQS keeps refusing an entry."""
        entries = (
            (delivery.to_json(), min(delay_seconds, SQS_DELAY_SECONDS))
            for delivery, delay_seconds in deliveries
        )
        batch: list[SendMessageBatchRequestEntryTypeDef] = []
        size_bytes = 0
        for body, delay_seconds in entries:
            body_bytes = len(body.encode())
            if len(batch) == SQS_BATCH_ENTRIES or size_bytes + body_bytes > SQS_MESSAGE_BYTES:
                self._send(batch)
                batch, size_bytes = [], 0
            batch.append({"Id": str(len(batch)), "MessageBody": body, "DelaySeconds": delay_seconds})
            size_bytes += body_bytes
        self._send(batch)

    def show_again(self, receipt_handle: str, *, after_seconds: int) -> None:
        self.sqs.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=receipt_handle, VisibilityTimeout=after_seconds
        )

    def _send(self, batch: "list[SendMessageBatchRequestEntryTypeDef]") -> None:
        for wait_seconds in (*WAITS_SECONDS, None):
            if not batch:
                return
            failed = self.sqs.send_message_batch(QueueUrl=self.url, Entries=batch).get("Failed", [])
            refused = {entry["Id"] for entry in failed}
            batch = [entry for entry in batch if entry["Id"] in refused]
            if batch and wait_seconds is not None:
                self.clock.sleep(wait_seconds * (1 + self.jitter()) / 2)
        if batch:
            raise TryAgain(f"{len(batch)} messages: {failed[0].get('Message', failed[0]['Code'])}")
