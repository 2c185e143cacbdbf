"""One message to many connections: posts, retries, the removal of the dead, and what is left for later."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from shared.app.ports import (
    Clock,
    Connections,
    Outcome,
    Queue,
    Receipt,
    Rejection,
    Rejections,
    Sender,
    Subscriber,
    Subscribers,
)
from shared.domain.deliveries import Remainder, Target
from shared.domain.limits import HANDSHAKE_SECONDS

# Growing waits, each multiplied by a random share: about two seconds in all, which covers a handshake
# that has not finished and a throttle that lifts.
WAITS_SECONDS = (0.1, 0.3, 0.6, 1.2)
ATTEMPTS = 5
# What is kept for a retry in this invocation; beyond it the queue is the better place.
KEPT_FOR_RETRY = 5_000
# One queue message holds this many targets: 500 of about 70 bytes and a message of 64 KB stay below 256 KB.
TARGETS_PER_REMAINDER = 500
# Before its deadline an invocation stops posting, and hands the rest to the queue.
RESERVE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is sent, and what may become of those it does not reach."""

    event_id: str
    message: str
    deadline: float
    """Seconds since the epoch at which the invocation ends."""
    attempt: int = 0
    deferrable: bool = True
    """False for a ping: a late one is worth nothing."""


# Targets worth another try, with what happened at the last one.
Waiting = dict[str, tuple[Subscriber, Outcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FanOut:
    connections: Connections
    subscribers: Subscribers
    sender: Sender
    queue: Queue
    rejections: Rejections
    clock: Clock
    jitter: Callable[[], float]
    """A random number in [0, 1)."""

    def __call__(self, job: Job, pages: Iterable[Sequence[Subscriber]]) -> Receipt:
        receipt = Receipt()
        waiting: Waiting = {}
        for page in pages:
            receipt.matched += len(page)
            if self._time_is_up(job) or len(waiting) > KEPT_FOR_RETRY:
                self._defer(job, page, receipt)
            else:
                waiting |= self._try(job, page, receipt)
        for wait_seconds in WAITS_SECONDS:
            if not waiting or self._time_is_up(job):
                break
            self.clock.sleep(wait_seconds * (0.5 + self.jitter() / 2))
            waiting = self._try(job, [subscriber for subscriber, _ in waiting.values()], receipt)
        # A handshake that has not finished after two seconds of tries never will.
        self._reap([one for one, outcome in waiting.values() if outcome is Outcome.GONE], receipt)
        self._defer(job, [one for one, outcome in waiting.values() if outcome is not Outcome.GONE], receipt)
        return receipt

    def _try(self, job: Job, targets: Sequence[Subscriber], receipt: Receipt) -> Waiting:
        """One post to each. Returns those worth another try, with what happened."""
        by_id = {target.connection_id: target for target in targets}
        gone: list[Subscriber] = []
        again: Waiting = {}
        for posted in self.sender.post(job.message.encode(), list(by_id)):
            target = by_id[posted.connection_id]
            match posted.outcome:
                case Outcome.DELIVERED:
                    receipt.delivered += 1
                case Outcome.GONE if not self._may_be_unfinished(target):
                    gone.append(target)
                case Outcome.TOO_LARGE:
                    self._give_up(job, [target], "the message is too large for API Gateway", receipt)
                case outcome:
                    again[target.connection_id] = (target, outcome)
        self._reap(gone, receipt)
        return again

    def _reap(self, gone: Sequence[Subscriber], receipt: Receipt) -> None:
        """Remove the targets' rows, and nobody else's."""
        for subscriber in gone:
            self.connections.remove(subscriber.connection_id)
        self.subscribers.drop(gone)
        receipt.gone += len(gone)

    def _defer(self, job: Job, targets: Sequence[Subscriber], receipt: Receipt) -> None:
        if not targets:
            return
        if not job.deferrable:
            receipt.undeliverable += len(targets)
            return
        if job.attempt + 1 >= ATTEMPTS:
            self._give_up(job, targets, f"not reached in {ATTEMPTS} attempts", receipt)
            return
        delay_seconds = int(2 ** (job.attempt + 1) * (0.5 + self.jitter()))
        self.queue.put_all((remainder, delay_seconds) for remainder in _remainders(job, targets))
        receipt.deferred += len(targets)

    def _give_up(self, job: Job, targets: Sequence[Subscriber], reason: str, receipt: Receipt) -> None:
        for remainder in _remainders(job, targets):
            self.rejections.put(
                Rejection(kind="undeliverable", reasons=(reason,), content=remainder.model_dump(mode="json"))
            )
        receipt.undeliverable += len(targets)

    def _time_is_up(self, job: Job) -> bool:
        return self.clock.now() >= job.deadline - RESERVE_SECONDS

    def _may_be_unfinished(self, target: Subscriber) -> bool:
        """A 410 does not prove that a connection this young is gone: its handshake may be under way."""
        return self.clock.now() - target.connected_at < HANDSHAKE_SECONDS


def _remainders(job: Job, targets: Sequence[Subscriber]) -> Iterator[Remainder]:
    for start in range(0, len(targets), TARGETS_PER_REMAINDER):
        chunk = targets[start : start + TARGETS_PER_REMAINDER]
        yield Remainder(
            event_id=job.event_id,
            message=job.message,
            targets=tuple(
                Target(connection_id=one.connection_id, connected_at=one.connected_at) for one in chunk
            ),
            attempt=job.attempt + 1,
        )
