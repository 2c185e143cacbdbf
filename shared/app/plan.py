"""Events that concern the schedule: plan, move, drop."""

from collections import Counter
from dataclasses import dataclass

from shared.app.enqueue_due import enqueue_due
from shared.app.ports import Ports
from shared.app.ports.schedule import ChangeResult
from shared.app.rejecting import keep_invalid
from shared.domain.errors import EventRejected
from shared.domain.intake import BusEvent, accept
from shared.domain.reminders import changes_of
from shared.domain.schedule import HORIZON_SECONDS, Planned


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOutcome:
    event_id: str
    event_type: str
    planned: int = 0
    cancelled: int = 0
    unchanged: int = 0
    outdated: int = 0
    reasons: tuple[str, ...] = ()
    is_kept: bool = False
    """A rejected event that this function keeps; others the publisher keeps."""


def plan(ports: Ports, event: BusEvent) -> PlanOutcome:
    now = ports.clock.now()
    try:
        accepted = accept(event, ports.catalog, now=now)
    except EventRejected as rejected:
        return _reject(ports, event, rejected)
    counts: Counter[str] = Counter()
    for change in changes_of(accepted, ports.catalog, now=now):
        told = ports.schedule.tell(change)
        if isinstance(change, Planned) and told is not ChangeResult.OUTDATED:
            _hand_over_if_near(ports, change, now)
        changed = "planned" if isinstance(change, Planned) else "cancelled"
        counts[changed if told is ChangeResult.CHANGED else told.value] += 1
    return PlanOutcome(
        event_id=accepted.id,
        event_type=accepted.type.name,
        planned=counts["planned"],
        cancelled=counts["cancelled"],
        unchanged=counts["unchanged"],
        outdated=counts["outdated"],
    )


def _hand_over_if_near(ports: Ports, planned: Planned, now: float) -> None:
    """The tick has been over the next minutes already: what is due in them goes to the queue at once.

    Also when the same event comes again, for its first try may have died before it came to this.
    """
    if planned.due_at <= now + HORIZON_SECONDS:
        enqueue_due(ports, [planned.due], now=now)


def _reject(ports: Ports, event: BusEvent, rejected: EventRejected) -> PlanOutcome:
    # Without deliver_at the publisher gets the event as well, and keeps it with the reasons.
    is_ours = isinstance(event.detail, dict) and "deliver_at" in event.detail
    if is_ours:
        keep_invalid(ports, event, rejected)
    return PlanOutcome(
        event_id=event.event_id,
        event_type=event.detail_type,
        reasons=rejected.reasons,
        is_kept=is_ours,
    )
