"""An event to its audience, once: whole where it is small, in parts on the queue where it is large."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.app.fan_out.run import Run
from shared.app.ports import Ports
from shared.app.ports.history import Claim, Claimed
from shared.domain.deliveries import FanOutPart
from shared.domain.errors import TryAgain
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


def fan_out(
    ports: Ports, part: FanOutPart, *, lease: Lease, finish: Callable[[Receipt, bool], str] | None = None
) -> FanOutResult:
    """Carry out a part, or as much of it as this invocation can. Raises PostsRefused and TryAgain.

    `finish` gives the message as it is sent: it is asked once this invocation has the part to itself, and
    told whether another one had begun it. Of what is worth nothing later, only when somebody is there to
    get it.
    """
    claimed = _claim(ports, part, lease)
    if claimed.claim is not Claim.NEW:
        return FanOutResult(claim=claimed.claim, lease_until=claimed.lease_until)
    progress = claimed.progress or _beginning(ports, part)
    before = progress.receipt.copy()
    if finish is not None and part.worth_until is None:
        part, finish = replace(part, message=finish(progress.receipt, claimed.again)), None
    pace = ports.pace if part.is_whole else ports.parts_pace
    Run(ports=ports, part=part, progress=progress, lease=lease, pace=pace, finish=finish)()
    receipt = progress.receipt
    return FanOutResult(claim=Claim.NEW, receipt=receipt, counts=receipt.since(before))


def drop(ports: Ports, part: FanOutPart, *, lease: Lease) -> FanOutResult:
    """A newer event of the same conflation key went out: nobody needs what is left of this one."""
    claimed = _claim(ports, part, lease)
    if claimed.claim is not Claim.NEW:
        return FanOutResult(claim=claimed.claim, lease_until=claimed.lease_until)
    receipt = Receipt() if claimed.progress is None else claimed.progress.receipt
    before = receipt.copy()
    receipt.superseded, receipt.waiting = receipt.superseded + receipt.waiting, 0
    if not ports.history.finish(part.event_id, receipt, lease=lease, part=part.number):
        raise TryAgain(f"{part.event_id}: another invocation has taken it over")
    return FanOutResult(claim=Claim.NEW, receipt=receipt, counts=receipt.since(before))


def _claim(ports: Ports, part: FanOutPart, lease: Lease) -> Claimed:
    now = ports.clock.now()
    return ports.history.claim(part.event_id, part=part.number, now=now, lease=lease)


def _beginning(ports: Ports, part: FanOutPart) -> Progress:
    whole = (Place(part.shard, part.after),)
    places = ports.subscribers.places(part.audience) if part.is_whole else whole
    return Progress(places=places, receipt=Receipt(published_at=part.published_at))
