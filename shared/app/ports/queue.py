"""The queues of deliveries."""

from collections.abc import Iterable
from typing import Protocol

from shared.domain.deliveries import Delivery


class Queue(Protocol):
    """The delivery queue."""

    def put(self, delivery: Delivery, *, delay_seconds: int = 0) -> None: ...

    def put_all(self, deliveries: Iterable[tuple[Delivery, int]]) -> None:
        """Put (delivery, delay in seconds) pairs, in as few requests as the service allows."""


class Redelivery(Protocol):
    """Messages of the queues that could not be carried out."""

    def after(self, seconds: int, *, queue_arn: str, receipt_handle: str) -> None:
        """Show the message again after so many seconds, not only when its visibility timeout is over."""
