"""One message to a stream of targets in this invocation: pace, retries, and what is left of them."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, count

from shared.app.ports import Ports
from shared.app.ports.sender import Posted
from shared.app.ports.subscribers import Page
from shared.app.welcome_first import not_greeted, not_greeted_soon
from shared.domain.errors import TidingsError
from shared.domain.lease import Lease
from shared.domain.limits import HANDSHAKE_SECONDS
from shared.domain.pace import LEAST_WAIT_SECONDS, Pace
from shared.domain.receipt import Receipt
from shared.domain.target import Outcome, Target

# Before its deadline an invocation stops posting, waits for what is under way, and hands on the rest.
RESERVE_SECONDS = 5.0
# A young connection that is not there yet: two seconds of growing waits, in which most handshakes end. Then
# it is left for a later run, until it is too old for a handshake.
HANDSHAKE_WAITS_SECONDS = (0.1, 0.3, 0.6, 1.0)
# Throttled or failed: a random share of these, so that many senders do not come back at once.
RETRY_WAITS_SECONDS = (0.2, 0.4, 0.8, 1.6)
# With nothing else to do, an invocation waits for a target so many tries after a failure, and not at all
# after a 429: readers that stall must not keep publishers busy. The queue brings them back.
IDLE_TRIES = {Outcome.GONE: len(HANDSHAKE_WAITS_SECONDS), Outcome.FAILED: 1}
# With so many to be tried again, no more are begun.
RETRIES_AT_ONCE = 2_000
# How many gone connections are removed together, at the end of the run.
BURIED_AT_ONCE = 500
# A page of so many may wait for the welcome of one of them.
FEW_TARGETS = 10


class PostsRefused(TidingsError):
    """API Gateway answers 403: the function's rights or its endpoint are wrong, and every post would fail."""


@dataclass(slots=True, kw_only=True)
class Posting:
    """`run` once. Then `left` are to be tried in another invocation, and `refused` never again."""

    ports: Ports
    pace: Pace
    message: Callable[[], bytes]
    """Asked when there is a first target."""
    receipt: Receipt
    until: float
    """No post begins after this moment."""
    unpaced: int = 0
    """So many posts wait for no token: what is small is not held up by what is large."""
    page_begun: Callable[[Page], bool] = lambda _page: True
    """Told of each page when all of it was begun; False ends the reading."""
    refused: list[Target] = field(default_factory=list)
    page: Page | None = None
    """The page that was begun and not finished: its targets are all under way, or in `left`."""
    _left: list[Target] = field(default_factory=list)
    _retries: list[tuple[float, int, Target]] = field(default_factory=list)
    _in_flight: dict[str, Target] = field(default_factory=dict)
    _unread: Iterator[Target] = field(default_factory=lambda: iter(()))
    _gone: list[Target] = field(default_factory=list)
    _delivered: int = 0
    _tokens: int = 0
    _forbidden: int = 0
    _order: Iterator[int] = field(default_factory=count)

    def run(self, pages: Iterator[Page], again: Sequence[Target] = ()) -> None:
        """Raises PostsRefused, with everything that was not settled in `left`."""
        for one in again:
            self._wait_for(one, 0.0)
        try:
            targets = self._targets(self._fresh(pages))
            for first in targets:
                for posted in self.ports.sender.post(self.message(), chain([first], targets)):
                    self._settle(posted)
        finally:
            self._left += self._unread
            self._left = self.left
            self._in_flight, self._retries = {}, []
            # Not during the run: the sender does one exchange at a time.
            for start in range(0, len(self._gone), BURIED_AT_ONCE):
                bury(self.ports, self._gone[start : start + BURIED_AT_ONCE])
        if self._is_hopeless:
            raise PostsRefused(f"{self._forbidden} posts were refused")

    def leave(self, not_greeted: Sequence[Target]) -> None:
        """Left for a later run without a try."""
        for one in not_greeted:
            one.outcome = Outcome.NOT_GREETED
        self._left += not_greeted

    @property
    def left(self) -> list[Target]:
        """Also during the run: what would be left if it ended here."""
        return [*self._left, *self._in_flight.values(), *(one for _, _, one in self._retries)]

    def _fresh(self, pages: Iterator[Page]) -> Iterator[Target]:
        for page in pages:
            self.receipt.matched += len(page.targets) + len(page.not_greeted)
            self.leave(page.not_greeted)
            self.receipt.read_units += page.read_units
            self.page, self._unread = page, iter(page.targets)
            yield from self._unread
            self.page = None
            if not self.page_begun(page):
                return

    def _targets(self, fresh: Iterator[Target]) -> Iterator[str | None]:
        """The next target, None when there is none just now, the end when there will be none.

        This runs once for each post: it looks at the clock once.
        """
        clock = self.ports.clock
        while (now := clock.now()) < self.until and not self._is_hopeless:
            one: Target | None = None
            if self._retries and self._retries[0][0] <= now:
                self.receipt.retries += 1
                one = heapq.heappop(self._retries)[2]
            elif len(self._retries) < RETRIES_AT_ONCE:
                one = next(fresh, None)
            if one is not None:
                self._in_flight[one.connection_id] = one
                if self.unpaced > 0:
                    self.unpaced -= 1
                    self.pace.urge(now)
                elif self._tokens > 0:
                    self._tokens -= 1
                else:
                    yield from self._paced(now)
                yield one.connection_id
            elif self._in_flight:
                yield None
            elif any(one.tries <= IDLE_TRIES.get(one.outcome, 0) for _, _, one in self._retries):
                clock.sleep(max(LEAST_WAIT_SECONDS, self._retries[0][0] - now))
            else:
                return

    def _paced(self, now: float) -> Iterator[None]:
        while (taken := self.pace.take(now)) == 0:
            if len(self._in_flight) > 1:
                yield None
            else:
                self.ports.clock.sleep(self.pace.wait())
            now = self.ports.clock.now()
        self._tokens = taken - 1

    @property
    def _is_hopeless(self) -> bool:
        return self._forbidden > self._delivered

    def _settle(self, posted: Posted) -> None:
        connection_id, outcome = posted
        one = self._in_flight.pop(connection_id)
        one.outcome = outcome
        now = self.ports.clock.now()
        if one.tries == 0:
            self.pace.seen(now, throttled=outcome is Outcome.THROTTLED)
        if outcome is Outcome.DELIVERED:
            self._delivered += 1
            self.receipt.delivered_at(now)
        else:
            self._not_delivered(one, now)

    def _not_delivered(self, one: Target, now: float) -> None:
        match one.outcome:
            case Outcome.GONE if now - one.connected_at < HANDSHAKE_SECONDS:
                # A 410 does not prove that a connection this young is gone: its handshake may go on.
                self._again(one, HANDSHAKE_WAITS_SECONDS, share=1.0)
            case Outcome.GONE:
                self._count_gone(one)
            case Outcome.TOO_LARGE:
                self.refused.append(one)
            case outcome:
                self.receipt.posts_throttled += outcome is Outcome.THROTTLED
                self._forbidden += outcome is Outcome.REFUSED
                self._again(one, RETRY_WAITS_SECONDS, share=self.ports.jitter())

    def _again(self, one: Target, waits_seconds: Sequence[float], *, share: float) -> None:
        if one.tries < len(waits_seconds):
            one.tries += 1
            self._wait_for(one, waits_seconds[one.tries - 1] * share)
        else:
            self._left.append(one)

    def _wait_for(self, one: Target, seconds: float) -> None:
        heapq.heappush(self._retries, (self.ports.clock.now() + seconds, next(self._order), one))

    def _count_gone(self, one: Target) -> None:
        self.receipt.gone += 1
        self._gone.append(one)


def with_welcome_first(ports: Ports, page: Page, *, patient: bool = False) -> Page:
    """The page with those of its targets apart whose welcome has not arrived."""
    if patient and len(page.targets) <= FEW_TARGETS:
        # The events of somebody who just came stay in order more often.
        waiting = not_greeted_soon(ports, page.targets)
    else:
        waiting = not_greeted(ports, page.targets, now=ports.clock.now())
    if not waiting:
        return page
    return replace(
        page,
        targets=[one for one in page.targets if one.connection_id not in waiting],
        not_greeted=[one for one in page.targets if one.connection_id in waiting],
    )


def wait_seconds(ports: Ports, left: Sequence[Target], runs: int) -> int:
    """How long to wait before they are tried again, growing with the runs that they have had."""
    # A welcome takes a fraction of a second: so that little else does not wait long for it.
    is_for_welcome = any(one.outcome is Outcome.NOT_GREETED for one in left)
    return int(2**runs * (0.5 if is_for_welcome else 0.5 + ports.jitter()))


def bury(ports: Ports, gone: Sequence[Target]) -> None:
    """Remove the rows of connections that are gone, and end those that only seem to be.

    API Gateway is known to answer 410 for a living connection. Without rows it would hear nothing, and
    nobody would tell it; ended, its client connects again. One that could not be ended is left to that.
    """
    # Closed first: a crash in between leaves rows, by which the next post finds them.
    ports.sender.close(one.connection_id for one in gone)
    ports.registry.remove_all(gone)


def posting_ends_at(lease: Lease) -> float:
    return lease.until - RESERVE_SECONDS
