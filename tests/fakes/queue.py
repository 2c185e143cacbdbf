"""The delivery queue in memory."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from shared.domain.deliveries import Delivery, parse_delivery


@dataclass
class FakeQueue:
    messages: list[tuple[Delivery, int]] = field(default_factory=list)
    """Each with its delay in seconds."""
    shown_again: list[tuple[str, int]] = field(default_factory=list)
    """Receipt handle and seconds of each."""
    name: str = "delivery"

    def put(self, delivery: Delivery, *, delay_seconds: int = 0) -> None:
        # Through its text, as on the wire.
        self.messages.append((parse_delivery(delivery.to_json()), delay_seconds))

    def put_all(self, deliveries: Iterable[tuple[Delivery, int]]) -> None:
        for delivery, delay_seconds in deliveries:
            self.put(delivery, delay_seconds=delay_seconds)

    def show_again(self, receipt_handle: str, *, after_seconds: int) -> None:
        self.shown_again.append((receipt_handle, after_seconds))

    def take_all(self) -> list[Delivery]:
        taken = [delivery for delivery, _ in self.messages]
        self.messages.clear()
        return taken
