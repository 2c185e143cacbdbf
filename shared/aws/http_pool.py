"""The connections to the management API: opened as needed, kept alive, watched together from one thread."""

import selectors
import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult

from shared.app.ports.sender import Posted
from shared.aws.http_connection import Address, HttpConnection
from shared.aws.signing import port_of
from shared.domain.target import Outcome

# API Gateway closes connections that are idle for about a minute. We close them a little earlier.
IDLE_SECONDS = 50.0
ADDRESSES_SECONDS = 60.0
# Handshakes cost a millisecond of CPU each: their number grows with the connections that proved useful.
HANDSHAKES_AT_ONCE = 8
_SWEEP_SECONDS = 0.1


# API Gateway answers 410 and 403 without a body, so the status decides.
_OUTCOMES: dict[int | None, Outcome] = {
    200: Outcome.DELIVERED,
    204: Outcome.DELIVERED,
    403: Outcome.REFUSED,
    410: Outcome.GONE,
    413: Outcome.TOO_LARGE,
    429: Outcome.THROTTLED,
}


@dataclass(slots=True, kw_only=True)
class HttpPool:
    endpoint: SplitResult
    tls: ssl.SSLContext | None
    """None for http."""
    at_most: int
    connect_seconds: float
    answer_seconds: float
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _masks: dict[int, int] = field(default_factory=dict)
    _busy: set[HttpConnection] = field(default_factory=set)
    _idle: dict[HttpConnection, float] = field(default_factory=dict)
    """Since when; the last one used is the first to be used again."""
    _opening: int = 0
    _addresses: Sequence[Address] = field(default_factory=list)
    """The one that worked last comes first."""
    _addresses_until: float = 0.0
    _next_sweep: float = 0.0

    def room(self) -> bool:
        """Whether another request may begin now."""
        if self._idle:
            return True
        ready = len(self._busy) - self._opening
        return len(self._busy) < self.at_most and self._opening < max(HANDSHAKES_AT_ONCE, ready)

    def busy(self) -> bool:
        return bool(self._busy)

    def wake(self) -> None:
        """Before a series of requests: drop what the server closed while nobody looked, or soon will."""
        now = time.monotonic()
        for key, _ in self._selector.select(0):
            self._drop(key.data)
        for link in [link for link, since in self._idle.items() if now - since >= IDLE_SECONDS]:
            self._drop(link)

    def ask(self, target: str, request: bytes) -> Posted | None:
        """Begin a request. An answer now means that it could not be sent, or that it is there already."""
        if self._idle:
            return self._begin(self._idle.popitem()[0], target, request)
        return self._open(target, request)

    def wait(self, seconds: float) -> Iterator[Posted]:
        """Answers that come within that time; returns when some came or the time is over."""
        for key, _ in self._selector.select(min(seconds, _SWEEP_SECONDS)):
            link: HttpConnection = key.data
            if link in self._busy:
                answer = self._advance(link)
                if answer is not None:
                    yield answer
            elif link in self._idle:
                self._drop(link)  # closed, or speaks without being asked
        now = time.monotonic()
        if now >= self._next_sweep:
            self._next_sweep = now + _SWEEP_SECONDS
            for link in [link for link in self._busy if now >= link.deadline]:
                target = link.target
                self._drop(link)
                yield Posted(target, Outcome.FAILED)

    def abandon(self) -> None:
        """Give up what is under way; its answers are of no interest any more."""
        for link in list(self._busy):
            self._drop(link)

    def close(self) -> None:
        self.abandon()
        for link in list(self._idle):
            self._drop(link)
        self._selector.close()

    def _open(self, target: str, request: bytes, addresses: Sequence[Address] | None = None) -> Posted | None:
        now = time.monotonic()
        try:
            link = HttpConnection(
                self._resolved(now) if addresses is None else addresses,
                host=self.endpoint.hostname or "",
                tls=self.tls,
            )
        except OSError:
            others = (addresses or self._addresses)[1:]
            return self._open(target, request, others) if others else Posted(target, Outcome.FAILED)
        link.ask(target, request, deadline=now + self.connect_seconds)
        self._busy.add(link)
        self._opening += 1
        self._watch(link, selectors.EVENT_WRITE)
        return None

    def _begin(self, link: HttpConnection, target: str, request: bytes) -> Posted | None:
        link.ask(target, request, deadline=time.monotonic() + self.answer_seconds)
        self._busy.add(link)
        return self._advance(link)

    def _advance(self, link: HttpConnection) -> Posted | None:
        was_ready = link.ready
        try:
            want = link.advance()
        except ConnectionError:
            return self._again(link)
        if link.ready and not was_ready:
            self._opening -= 1
            link.deadline += self.answer_seconds - self.connect_seconds
        if want:
            self._watch(link, want)
            return None
        answer = Posted(link.target, _OUTCOMES.get(link.status, Outcome.FAILED))
        if link.reusable:
            self._busy.discard(link)
            self._idle[link] = time.monotonic()
            self._watch(link, selectors.EVENT_READ)
        else:
            self._drop(link)
        return answer

    def _again(self, link: HttpConnection) -> Posted | None:
        """What broke before it could answer may be asked once more elsewhere."""
        target, request, others = link.target, link.request, link.others
        stale, refused = link.answered > 0 and not link.heard, not link.ready
        self._drop(link)
        if stale:
            # A kept connection that the server had closed meanwhile: a fresh one carries the request.
            return self._open(target, request)
        if refused and others:
            self._addresses = [*others, *self._addresses[: -len(others)]]
            return self._open(target, request, others)
        return Posted(target, Outcome.FAILED)

    def _watch(self, link: HttpConnection, mask: int) -> None:
        fd = link.fileno()
        known = self._masks.get(fd)
        if known is None:
            self._selector.register(fd, mask, link)
        elif known != mask:
            self._selector.modify(fd, mask, link)
        self._masks[fd] = mask

    def _drop(self, link: HttpConnection) -> None:
        fd = link.fileno()
        if fd < 0:
            return
        if link in self._busy:
            self._busy.remove(link)
            self._opening -= not link.ready
        self._idle.pop(link, None)
        if self._masks.pop(fd, None) is not None:
            self._selector.unregister(fd)
        link.close()

    def _resolved(self, now: float) -> Sequence[Address]:
        """Raises OSError when the name cannot be resolved."""
        if now >= self._addresses_until:
            found = socket.getaddrinfo(
                self.endpoint.hostname, port_of(self.endpoint), type=socket.SOCK_STREAM
            )
            self._addresses = [(family, address) for family, _, _, _, address in found]
            self._addresses_until = now + ADDRESSES_SECONDS
        return self._addresses
