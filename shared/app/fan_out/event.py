"""An event to its audience, once: whole where it is small, in parts on the queue where it is large."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.app.fan_out.pace import Pace
from shared.app.fan_out.run import LeaseLost, Run, Surroundings
from shared.app.ports.history import Claim, Claimed
from shared.domain.deliveries import FanOutPart
from shared.domain.lease import Lease
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOutResult:
    """What one invocation did for an event."""

    claim: Claim
    lease_until: float = 0.0
    receipt: Receipt | None = None
    """Of the part as a whole, with what earlier invocations did."""
    counts: dict[str, float] | None = None
    """What this invocation added."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    around: Surroundings
    pace: Pace
    shared_pace: Pace
    """For parts: what each of those may have that run at once."""

    def __call__(
        self, part: FanOutPart, *, lease: Lease, finish: Callable[[Receipt, bool], str] | None = None
    ) -> FanOutResult:
        """Carry out a part, or as much of it as this invocation can. Raises PostsRefused and LeaseLost.

        `finish` gives the message as it is sent: it is asked once this invocation has the part to itself, and
        told whether another one had begun it. Of what is worth nothing later, only when somebody is there to
        get it.
        """
        claimed = self._claim(part, lease)
        if claimed.claim is not Claim.NEW:
            return FanOutResult(claim=claimed.claim, lease_until=claimed.lease_until)
        progress = claimed.progress or self._beginning(part)
        before = progress.receipt.copy()
        if finish is not None and part.worth_until is None:
            part, finish = replace(part, message=finish(progress.receipt, claimed.again)), None
        pace = self.pace if part.is_whole else self.shared_pace
        Run(around=self.around, part=part, progress=progress, lease=lease, pace=pace, finish=finish)()
        receipt = progress.receipt
        return FanOutResult(claim=Claim.NEW, receipt=receipt, counts=receipt.since(before))

    def drop(self, part: FanOutPart, *, lease: Lease) -> FanOutResult:
        """A newer event of the same conflation key went out: nobody needs what is left of this one."""
        claimed = self._claim(part, lease)
        if claimed.claim is not Claim.NEW:
            return FanOutResult(claim=claimed.claim, lease_until=claimed.lease_until)
        receipt = Receipt() if claimed.progress is None else claimed.progress.receipt
        before = receipt.copy()
        receipt.superseded, receipt.waiting = receipt.superseded + receipt.waiting, 0
        if not self.around.history.finish(part.event_id, receipt, lease=lease, part=part.number):
            raise LeaseLost(part.event_id)
        return FanOutResult(claim=Claim.NEW, receipt=receipt, counts=receipt.since(before))

    def _claim(self, part: FanOutPart, lease: Lease) -> Claimed:
        now = self.around.posts.clock.now()
        return self.around.history.claim(part.event_id, part=part.number, now=now, lease=lease)

    def _beginning(self, part: FanOutPart) -> Progress:
        whole = (Place(part.shard, part.after),)
        places = self.around.subscribers.places(part.audience) if part.is_whole else whole
        return Progress(places=places, receipt=Receipt(published_at=part.published_at))
