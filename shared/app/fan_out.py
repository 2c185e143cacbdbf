"""An event to its audience, once: whole where it is small, in parts on the queue where it is large."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from shared.app.given_up import GivenUp, targets_of
from shared.app.pace import Pace
from shared.app.ports import (
    Claim,
    Clock,
    Connections,
    History,
    Page,
    Queue,
    Rejections,
    Sender,
    Subscriber,
    Subscribers,
)
from shared.app.posting import Posting
from shared.app.run import RESERVE_SECONDS, RUNS, LeaseLost, Run
from shared.domain.deliveries import Part, Remainder
from shared.domain.lease import Lease
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanned:
    """What one invocation did for an event."""

    claim: Claim
    lease_until: float = 0.0
    receipt: Receipt | None = None
    """Of the part as a whole, with what earlier invocations did."""
    counts: dict[str, float] | None = None
    """What this invocation added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    connections: Connections
    subscribers: Subscribers
    history: History
    sender: Sender
    queue: Queue
    parts: Queue
    """Where parts go: beside the small deliveries, never before them."""
    rejections: Rejections
    clock: Clock
    jitter: Callable[[], float]
    """A random number in [0, 1)."""
    pace: Pace
    shared_pace: Pace
    """For parts: what each of those may have that run at once."""
    targets_per_run: int

    def __call__(self, part: Part, *, lease: Lease) -> Fanned:
        """Carry out a part, or as much of it as this invocation can. Raises PostsRefused and LeaseLost."""
        now = self.clock.now()
        claimed = self.history.claim(part.event_id, part=part.number, now=now, lease=lease)
        if claimed.claim is not Claim.NEW:
            return Fanned(claim=claimed.claim, lease_until=claimed.lease_until)
        progress = claimed.progress or self._beginning(part)
        before = progress.receipt.copy()
        Run(fan_out=self, part=part, progress=progress, began_at=now, lease=lease)()
        receipt = progress.receipt
        return Fanned(claim=Claim.NEW, receipt=receipt, counts=receipt.since(before))

    def drop(self, part: Part, *, lease: Lease) -> Fanned:
        """A newer event of the same conflation key went out: nobody needs what is left of this one."""
        now = self.clock.now()
        claimed = self.history.claim(part.event_id, part=part.number, now=now, lease=lease)
        if claimed.claim is not Claim.NEW:
            return Fanned(claim=claimed.claim, lease_until=claimed.lease_until)
        receipt = Receipt() if claimed.progress is None else claimed.progress.receipt
        before = receipt.copy()
        receipt.superseded, receipt.waiting = receipt.superseded + receipt.waiting, 0
        if not self.history.finish(part.event_id, receipt, lease=lease, part=part.number):
            raise LeaseLost(part.event_id)
        return Fanned(claim=Claim.NEW, receipt=receipt, counts=receipt.since(before))

    def post(self, remainder: Remainder, *, lease: Lease) -> Receipt:
        """Post what has no history, a greeting; what is left goes to the queue. Raises PostsRefused."""
        receipt = Receipt()
        posting = Posting(
            sender=self.sender,
            pace=self.pace,
            clock=self.clock,
            jitter=self.jitter,
            message=remainder.message.encode(),
            receipt=receipt,
            until=lease.until - RESERVE_SECONDS,
            unpaced=len(remainder.targets),
            bury=self.bury,
            between_pages=lambda _page: True,
        )
        targets = [Subscriber(one.connection_id, one.connected_at, "") for one in remainder.targets]
        posting.run(iter([Page(0, targets, None)]))
        left, over = posting.left, posting.over
        attempt = remainder.attempt + 1
        if attempt >= RUNS:
            left, over = [], [*left, *over]
        elif left:
            delay_seconds = int(2**attempt * (0.5 + self.jitter()))
            rest = remainder.model_copy(update={"targets": targets_of(left), "attempt": attempt})
            self.queue.put(rest, delay_seconds=delay_seconds)
        receipt.waiting = len(left)
        self.give_up(remainder.event_id, remainder.message, over, receipt)
        return receipt

    def bury(self, gone: Sequence[Subscriber]) -> None:
        """Remove the rows of connections that are gone, and end those that only seem to be.

        API Gateway is known to answer 410 for a living connection. Without rows it would hear nothing, and
        nobody would tell it; ended, its client connects again. One that could not be ended is left to that.
        """
        self.connections.remove_all(gone)
        self.sender.close(one.connection_id for one in gone)

    @property
    def give_up(self) -> GivenUp:
        return GivenUp(rejections=self.rejections)

    def _beginning(self, part: Part) -> Progress:
        whole = part.number == 0
        places = self.subscribers.places(part.audience) if whole else (Place(part.shard, part.after),)
        return Progress(places=places, receipt=Receipt(published_at=part.published_at))
