"""What is given up: kept for a person to see, and counted."""

from collections.abc import Sequence

from shared.app.ports import Ports
from shared.domain.deliveries import DirectPost
from shared.domain.receipt import Receipt
from shared.domain.target import Outcome, Target

# One rejection holds this many targets: 500 of about 70 bytes and a message of 64 KB stay below 256 KB.
TARGETS_PER_REJECTION = 500
_REASONS = {
    Outcome.THROTTLED: "API Gateway kept answering 429: over its rate, or a client that does not read",
    Outcome.TOO_LARGE: "the message is too large for API Gateway",
    Outcome.REFUSED: "API Gateway answered 403",
}


def give_up(ports: Ports, event_id: str, message: str, targets: Sequence[Target], receipt: Receipt) -> None:
    """Keep the message and its targets with the reasons, and count them."""
    for start in range(0, len(targets), TARGETS_PER_REJECTION):
        chunk = targets[start : start + TARGETS_PER_REJECTION]
        reasons = {_REASONS.get(one.outcome, "not reached: no answer, or a server error") for one in chunk}
        content = DirectPost.to(chunk, event_id=event_id, message=message)
        ports.rejections.put("undeliverable", reasons=sorted(reasons), content=content.values())
    count_given_up(targets, receipt)


def count_given_up(targets: Sequence[Target], receipt: Receipt) -> None:
    throttled = sum(one.outcome is Outcome.THROTTLED for one in targets)
    receipt.throttled += throttled
    receipt.failed += len(targets) - throttled
