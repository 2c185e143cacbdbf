"""What is given up: kept for a person to see, and counted."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app.ports import Outcome, Rejection, Rejections
from shared.app.posting import Try
from shared.domain.deliveries import Remainder, Target
from shared.domain.receipt import Receipt

# One rejection holds this many targets: 500 of about 70 bytes and a message of 64 KB stay below 256 KB.
TARGETS_PER_REJECTION = 500
_REASONS = {
    Outcome.THROTTLED: "API Gateway kept answering 429: over its rate, or a client that does not read",
    Outcome.TOO_LARGE: "the message is too large for API Gateway",
    Outcome.REFUSED: "API Gateway answered 403",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    rejections: Rejections

    def __call__(self, event_id: str, message: str, given_up: Sequence[Try], receipt: Receipt) -> None:
        for start in range(0, len(given_up), TARGETS_PER_REJECTION):
            chunk = given_up[start : start + TARGETS_PER_REJECTION]
            reasons = {
                _REASONS.get(one.outcome, "not reached: no answer, or a server error") for one in chunk
            }
            content = Remainder(event_id=event_id, message=message, targets=targets_of(chunk), attempt=0)
            self.rejections.put(
                Rejection(
                    kind="undeliverable",
                    reasons=tuple(sorted(reasons)),
                    content=content.model_dump(mode="json"),
                )
            )
        count_given_up(given_up, receipt)


def count_given_up(given_up: Sequence[Try], receipt: Receipt) -> None:
    throttled = sum(one.outcome is Outcome.THROTTLED for one in given_up)
    receipt.throttled += throttled
    receipt.failed += len(given_up) - throttled


def targets_of(tries: Sequence[Try]) -> tuple[Target, ...]:
    return tuple(
        Target(connection_id=one.subscriber.connection_id, connected_at=one.subscriber.connected_at)
        for one in tries
    )
