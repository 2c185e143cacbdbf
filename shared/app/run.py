"""One invocation's work on a part of an event: from where the last one stopped to where this one must."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from shared.app.given_up import count_given_up
from shared.app.ports import Outcome, Page, Subscriber
from shared.app.posting import Posting, PostsRefused, Try
from shared.domain.deliveries import Part
from shared.domain.errors import TidingsError
from shared.domain.lease import Lease
from shared.domain.progress import Place, Progress, Waiting

if TYPE_CHECKING:
    from shared.app.fan_out import FanOut

# How many invocations try a target before it is given up: with their waits about four minutes, in which a
# reader that stalls may have read on.
RUNS = 8
# Before its deadline an invocation stops posting, waits for what is under way, and hands on the rest.
RESERVE_SECONDS = 5.0
# After this long a part goes to the end of the queue, so that several large events share the publishers.
TURN_SECONDS = 15.0
# The first targets of each event wait for no token: a user's devices and small audiences go out at once.
UNPACED = 100
# What a killed invocation repeats at most.
SAVED_EVERY = 1_000
# A connection this young may not have had its welcome yet.
GREETED_SECONDS = 3.0
# With so many left for later no more are begun: they are kept in one row of at most 400 KB.
LEFT_AT_MOST = 2_000


class LeaseLost(TidingsError):
    """Another invocation has taken the part over: this one ran longer than it may."""


@dataclass(slots=True, kw_only=True)
class Run:
    fan_out: "FanOut"
    part: Part
    progress: Progress
    began_at: float
    lease: Lease
    _begun: int = 0
    _saved_at: int = 0
    _posting: Posting = field(init=False)

    def __call__(self) -> None:
        """Raises PostsRefused and LeaseLost."""
        part, progress, fan_out = self.part, self.progress, self.fan_out
        if progress.handed:
            # An invocation before this one died while it handed them over.
            self._hand_over()
        whole = part.number == 0
        self._posting = Posting(
            sender=fan_out.sender,
            pace=fan_out.pace if whole else fan_out.shared_pace,
            clock=fan_out.clock,
            jitter=fan_out.jitter,
            message=part.message.encode(),
            receipt=progress.receipt,
            until=self._until(),
            unpaced=UNPACED if whole else 0,
            bury=fan_out.bury,
            between_pages=self._between_pages,
        )
        again, progress.waiting = [_try(one) for one in progress.waiting], ()
        try:
            self._posting.run(self._pages(), again)
        except PostsRefused:
            self._pass_page()
            self._keep(self._posting.left)
            self._saved(release=True)
            raise
        self._pass_page()
        self._settle()

    def _pages(self) -> Iterator[Page]:
        if not self.progress.places:
            return iter(())
        pages = self.fan_out.subscribers.pages(
            self.part.audience, self.progress.places, now=self.fan_out.clock.now()
        )
        if self.part.channel is not None:
            return pages
        # A ping must not overtake the welcome: the youngest have theirs an interval later.
        greeted_by = self.part.published_at - GREETED_SECONDS
        return (
            replace(page, subscribers=[one for one in page.subscribers if one.connected_at <= greeted_by])
            for page in pages
        )

    def _until(self) -> float:
        until = self.lease.until - RESERVE_SECONDS
        return until if self.part.worth_until is None else min(until, self.part.worth_until)

    def _pass_page(self) -> None:
        """A page that was cut short is not read again: what was not begun of it is among the left."""
        if self._posting.page is not None:
            self.progress.places = _moved(self.progress.places, self._posting.page)

    def _between_pages(self, page: Page) -> bool:
        self.progress.places = _moved(self.progress.places, page)
        self._begun += len(page.subscribers)
        left = self._posting.left
        if self.progress.places and self._begun - self._saved_at >= SAVED_EVERY:
            self._keep(left)
            self._saved_at = self._begun
            self._saved()
        turn_is_over = self.part.number > 0 and self.fan_out.clock.now() - self.began_at >= TURN_SECONDS
        return self._begun < self.fan_out.targets_per_run and len(left) < LEFT_AT_MOST and not turn_is_over

    def _settle(self) -> None:
        part, progress, fan_out = self.part, self.progress, self.fan_out
        receipt = progress.receipt
        left = self._posting.left
        if part.worth_until is None:
            spent = [one for one in left if one.runs + 1 >= RUNS]
            fan_out.give_up(part.event_id, part.message, [*spent, *self._posting.over], receipt)
            left = [one for one in left if one.runs + 1 < RUNS]
        else:
            # Late, it would be worth nothing; and that a ping was missed tells nobody anything.
            count_given_up([*left, *self._posting.over], receipt)
            left = []
            if fan_out.clock.now() >= part.worth_until:
                progress.places = ()
        self._keep(left)
        if part.number == 0 and progress.places:
            progress.handed, progress.places = progress.places, ()
            receipt.parts += len(progress.handed)
            self._saved()
            self._hand_over()
        if progress.places or progress.waiting:
            self._saved(release=True)
            # After the release: a message that comes early would find the part taken.
            fan_out.parts.put(part, delay_seconds=self._delay_seconds())
        elif not fan_out.history.finish(part.event_id, receipt, lease=self.lease, part=part.number):
            raise LeaseLost(part.event_id)

    def _hand_over(self) -> None:
        self.fan_out.parts.put_all((self._shard_part(place), 0) for place in self.progress.handed)
        self.progress.handed = ()

    def _shard_part(self, place: Place) -> Part:
        # The number names the shard, so that a part handed over twice is one part.
        number = place.shard + 1
        return self.part.model_copy(update={"number": number, "shard": place.shard, "after": place.after})

    def _delay_seconds(self) -> int:
        if self.progress.places and len(self.progress.waiting) < LEFT_AT_MOST:
            return 0
        runs = min(one.runs for one in self.progress.waiting)
        return int(2**runs * (0.5 + self.fan_out.jitter()))

    def _keep(self, left: Sequence[Try]) -> None:
        self.progress.waiting = tuple(
            Waiting(
                one.subscriber.connection_id,
                one.subscriber.connected_at,
                one.runs + 1,
                one.outcome is Outcome.THROTTLED,
            )
            for one in left
        )
        self.progress.receipt.waiting = len(left)

    def _saved(self, *, release: bool = False) -> None:
        history = self.fan_out.history
        save = history.release if release else history.save
        if not save(self.part.event_id, self.progress, lease=self.lease, part=self.part.number):
            raise LeaseLost(self.part.event_id)


def _moved(places: Sequence[Place], page: Page) -> tuple[Place, ...]:
    others = tuple(place for place in places if place.shard != page.shard)
    return others if page.after is None else (*others, Place(page.shard, page.after))


def _try(waiting: Waiting) -> Try:
    subscriber = Subscriber(waiting.connection_id, waiting.connected_at, "")
    outcome = Outcome.THROTTLED if waiting.throttled else Outcome.FAILED
    return Try(subscriber, runs=waiting.runs, outcome=outcome)
