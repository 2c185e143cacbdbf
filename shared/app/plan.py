"""Events that concern the schedule: plan, move, drop."""

from dataclasses import dataclass

from shared.app.ports import Clock, Queue, Rejections, Schedule
from shared.app.publish import rejection_of
from shared.domain.deliveries import Scheduled
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
    outdated: int = 0
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    schedule: Schedule
    queue: Queue
    rejections: Rejections
    clock: Clock

    def __call__(self, event: BusEvent) -> PlanOutcome:
        now = self.clock.now()
        try:
            accepted = accept(event, now=now)
        except EventRejected as rejected:
            return self._reject(event, rejected)
        planned = cancelled = outdated = 0
        for change in changes_of(accepted, now=now):
            if not isinstance(change, Planned):
                done = self.schedule.cancel(change)
                cancelled += done
            else:
                done = self.schedule.plan(change)
                planned += done
                if done:
                    self._hand_over_if_near(change, now)
            outdated += not done
        return PlanOutcome(
            event_id=accepted.id,
            event_type=accepted.type.name,
            planned=planned,
            cancelled=cancelled,
            outdated=outdated,
        )

    def _hand_over_if_near(self, planned: Planned, now: float) -> None:
        """The tick has already planned the next minute: what is due in it goes to the queue at once."""
        if planned.due_at <= now + HORIZON_SECONDS:
            message, delay_seconds = queued(planned, now)
            self.queue.put(message, delay_seconds=delay_seconds)
            self.schedule.handed_over(planned)

    def _reject(self, event: BusEvent, rejected: EventRejected) -> PlanOutcome:
        # Without deliver_at the publisher gets the event as well, and keeps it with the reasons.
        detail = event.detail
        if isinstance(detail, dict) and "deliver_at" in detail:
            self.rejections.put(rejection_of(event, rejected))
        return PlanOutcome(event_id=event.event_id, event_type=event.detail_type, reasons=rejected.reasons)


def queued(planned: Planned, now: float) -> tuple[Scheduled, int]:
    """The queue message for a planned one, with the delay in seconds that lands it on its second."""
    message = Scheduled(schedule_key=planned.key, due_at=planned.due_at, revision=planned.revision)
    return message, delay_until(planned.due_at, now)


def delay_until(due_at: int, now: float) -> int:
    """Whole seconds, rounded up: never early."""
    return max(0, -int(-(due_at - now) // 1))
