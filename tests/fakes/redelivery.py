"""Messages that are to show again, in memory."""

from dataclasses import dataclass, field


@dataclass
class FakeRedelivery:
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    """Queue, receipt handle and seconds of each."""

    def after(self, seconds: int, *, queue_arn: str, receipt_handle: str) -> None:
        self.asked.append((queue_arn, receipt_handle, seconds))
