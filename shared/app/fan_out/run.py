"""One invocation's work on an event or a part of one: from where the last one stopped to where it must."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from shared.app.fan_out.posting import (
    Posting,
    PostsRefused,
    posting_ends_at,
    wait_seconds,
    with_welcome_first,
)
from shared.app.fan_out.undeliverable import count_given_up, give_up
from shared.app.ports import Ports
from shared.app.ports.subscribers import Page
from shared.domain.deliveries import FanOutPart
from shared.domain.errors import TryAgain
from shared.domain.lease import Lease
from shared.domain.pace import Pace
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt
from shared.domain.target import Target

# How many invocations try a target before it is given up: with their waits about four minutes, in which a
# reader that stalls may have read on.
RUNS = 8
# After this long a part goes to the end of the queue, so that several large events share the publishers.
TURN_SECONDS = 15.0
# The first targets of each event wait for no token: a user's devices and small audiences go out at once.
UNPACED = 100
# What a killed invocation repeats at most.
SAVED_EVERY = 1_000
# With so many left for later no more are begun: they are kept in one row of at most 400 KB.
LEFT_AT_MOST = 2_000


@dataclass(slots=True, kw_only=True)
class Run:
    ports: Ports
    part: FanOutPart
    progress: Progress
    lease: Lease
    pace: Pace
    finish: Callable[[Receipt, bool], str] | None = None
    """Gives the message as it is sent, where it is not finished yet."""
    _began_at: float = field(init=False)
    _begun: int = 0
    _saved_at: int = 0
    _posting: Posting = field(init=False)

    def __call__(self) -> None:
        """Raises PostsRefused and TryAgain."""
        part, progress = self.part, self.progress
        if progress.divided:
            # An invocation before this one died while it put the parts on the queue.
            self._put_parts()
        self._began_at = self.ports.clock.now()
        self._posting = Posting(
            ports=self.ports,
            pace=self.pace,
            message=self._message,
            receipt=progress.receipt,
            until=self._until(),
            unpaced=UNPACED if part.is_whole else 0,
            page_begun=self._page_begun,
        )
        again, progress.waiting = self._posts_to(Page(0, progress.waiting, None)), ()
        try:
            self._posting.leave(again.not_greeted)
            self._posting.run(self._pages(), again.targets)
        except PostsRefused:
            self._pass_page()
            self._keep(self._posting.left)
            self._save(release=True)
            raise
        self._pass_page()
        self._settle()

    def _message(self) -> bytes:
        if self.finish is not None:
            self.part = replace(self.part, message=self.finish(self.progress.receipt, False))
            self.finish = None
        return self.part.message.encode()

    def _pages(self) -> Iterator[Page]:
        if not self.progress.places:
            return iter(())
        now = self.ports.clock.now()
        pages = self.ports.subscribers.pages(self.part.audience, self.progress.places, now=now)
        return map(self._posts_to, pages)

    def _posts_to(self, page: Page) -> Page:
        is_ping = self.part.worth_until is not None
        page = with_welcome_first(self.ports, page, patient=not is_ping)
        # A connection that a ping would reach before its welcome has its first ping an interval later.
        return replace(page, not_greeted=()) if is_ping else page

    def _until(self) -> float:
        until = posting_ends_at(self.lease)
        return until if self.part.worth_until is None else min(until, self.part.worth_until)

    def _pass_page(self) -> None:
        """A page that was cut short is not read again: what was not begun of it is among the left."""
        if self._posting.page is not None:
            self.progress.passed(self._posting.page.shard, self._posting.page.after)

    def _page_begun(self, page: Page) -> bool:
        self.progress.passed(page.shard, page.after)
        self._begun += len(page.targets)
        left = self._posting.left
        if self.progress.places and self._begun - self._saved_at >= SAVED_EVERY:
            self._keep(left)
            self._saved_at = self._begun
            self._save()
        ran_seconds = self.ports.clock.now() - self._began_at
        turn_is_over = not self.part.is_whole and ran_seconds >= TURN_SECONDS
        return (
            self._begun < self.ports.settings.targets_per_run
            and len(left) < LEFT_AT_MOST
            and not turn_is_over
        )

    def _settle(self) -> None:
        part, progress = self.part, self.progress
        self._keep(self._worth_trying_again())
        if part.is_whole and progress.places:
            progress.divided, progress.places = progress.places, ()
            progress.receipt.parts += len(progress.divided)
            self._save()
            self._put_parts()
        if progress.places or progress.waiting:
            self._save(release=True)
            # After the release: a message that comes early would find the part taken.
            self.ports.parts.put(part, delay_seconds=self._delay_seconds())
        else:
            finish = self.ports.history.finish
            if not finish(part.event_id, progress.receipt, lease=self.lease, part=part.number):
                raise TryAgain(f"{part.event_id}: another invocation has taken it over")

    def _worth_trying_again(self) -> list[Target]:
        """Of what is left; the rest is given up."""
        part, receipt, left = self.part, self.progress.receipt, self._posting.left
        if part.worth_until is None:
            spent = [one for one in left if one.runs + 1 >= RUNS]
            given_up = [*spent, *self._posting.refused]
            give_up(self.ports, part.event_id, part.message, given_up, receipt)
            return [one for one in left if one.runs + 1 < RUNS]
        # Late, it would be worth nothing; and that a ping was missed tells nobody anything.
        count_given_up([*left, *self._posting.refused], receipt)
        if self.ports.clock.now() >= part.worth_until:
            self.progress.places = ()
        return []

    def _put_parts(self) -> None:
        self.ports.parts.put_all((self._shard_part(place), 0) for place in self.progress.divided)
        self.progress.divided = ()

    def _shard_part(self, place: Place) -> FanOutPart:
        # The number names the shard, so that a part that is put twice is one part.
        number = place.shard + 1
        return replace(self.part, number=number, shard=place.shard, after=place.after)

    def _delay_seconds(self) -> int:
        waiting = self.progress.waiting
        if self.progress.places and len(waiting) < LEFT_AT_MOST:
            return 0
        return wait_seconds(self.ports, waiting, min(one.runs for one in waiting))

    def _keep(self, left: Sequence[Target]) -> None:
        self.progress.waiting = [
            Target(one.connection_id, one.connected_at, runs=one.runs + 1, outcome=one.outcome)
            for one in left
        ]
        self.progress.receipt.waiting = len(left)

    def _save(self, *, release: bool = False) -> None:
        history = self.ports.history
        save = history.release if release else history.save
        if not save(self.part.event_id, self.progress, lease=self.lease, part=self.part.number):
            raise TryAgain(f"{self.part.event_id}: another invocation has taken it over")
