"""What became of a queue message, for the log and the metrics."""

from dataclasses import dataclass
from typing import Self

from shared.app.fan_out.event import FanOutResult
from shared.app.ports.history import Claim
from shared.domain.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    subject: str
    result: str
    fanned: FanOutResult | None = None

    @classmethod
    def directly(cls, subject: str, result: str, receipt: Receipt) -> Self:
        counts = receipt.since(Receipt())
        fanned = FanOutResult(claim=Claim.NEW, receipt=receipt, counts=counts)
        return cls(subject=subject, result=result, fanned=fanned)
