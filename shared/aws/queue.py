"""The delivery queue on SQS."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.domain.deliveries import Delivery
from shared.domain.errors import TidingsError
from shared.domain.limits import SQS_BATCH_ENTRIES, SQS_DELAY_SECONDS, SQS_MESSAGE_BYTES

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef


class QueueRefused(TidingsError):
    """SQS took only a part of a batch: the caller's own retry sends it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsQueue:
    sqs: "SQSClient"
    url: str

    def put(self, delivery: Delivery, *, delay_seconds: int = 0) -> None:
        self.sqs.send_message(
            QueueUrl=self.url,
            MessageBody=delivery.model_dump_json(),
            DelaySeconds=min(delay_seconds, SQS_DELAY_SECONDS),
        )

    def put_all(self, deliveries: Iterable[tuple[Delivery, int]]) -> None:
        """Raises QueueRefused when SQS keeps refusing an entry."""
        entries = (
            (delivery.model_dump_json(), min(delay_seconds, SQS_DELAY_SECONDS))
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

    def _send(self, batch: "list[SendMessageBatchRequestEntryTypeDef]") -> None:
        for _ in range(3):
            if not batch:
                return
            failed = self.sqs.send_message_batch(QueueUrl=self.url, Entries=batch).get("Failed", [])
            refused = {entry["Id"] for entry in failed}
            batch = [entry for entry in batch if entry["Id"] in refused]
        raise QueueRefused(f"{len(batch)} messages: {failed[0].get('Message', failed[0]['Code'])}")
