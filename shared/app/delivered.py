"""What became of an event or of a queue message, for the log and the metrics."""

from dataclasses import dataclass
from typing import Self

from shared.app.fan_out.event import FanOutResult
from shared.app.ports.history import Claim
from shared.domain.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    subject: str
    """What it was: the id of an event, of a connection, of a user, or a key."""
    result: str
    reasons: tuple[str, ...] = ()
    """Why an event was rejected."""
    fanned: FanOutResult | None = None

    @classmethod
    def directly(cls, subject: str, result: str, receipt: Receipt) -> Self:
        counts = receipt.since(Receipt())
        fanned = FanOutResult(claim=Claim.NEW, receipt=receipt, counts=counts)
        return cls(subject=subject, result=result, fanned=fanned)
