"""The queues of deliveries."""

from collections.abc import Iterable
from typing import Protocol

from shared.domain.deliveries import Delivery


class Queue(Protocol):
    """The delivery queue."""

    @property
    def name(self) -> str: ...

    def put(self, delivery: Delivery, *, delay_seconds: int = 0) -> None: ...

    def put_all(self, deliveries: Iterable[tuple[Delivery, int]]) -> None:
        """Put (delivery, delay in seconds) pairs, in as few requests as the service allows."""

    def show_again(self, receipt_handle: str, *, after_seconds: int) -> None:
        """Show a message that failed after so many seconds, not only when its visibility timeout is over."""
