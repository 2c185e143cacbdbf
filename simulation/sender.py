"""API Gateway's management API: posts land, or do not, and say so, or do not."""

import heapq
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from simulation.faults import (
    AFTER,
    BEFORE,
    POST_FAILED,
    POST_GONE,
    POST_LATE,
    POST_LOST,
    POST_THROTTLED,
    Faults,
)
from simulation.gateway import Gateway
from simulation.hub import Hub

POSTS_IN_FLIGHT = 128
TIMEOUT_SECONDS = 3.0
# How long nothing to post is waited out before the source is asked again.
LISTEN_SECONDS = 0.1
_END = object()


@dataclass(slots=True, eq=False)
class _Post:
    connection_id: str
    outcome: str = "FAILED"


@dataclass(slots=True, kw_only=True)
class SimulatedSender:
    hub: Hub
    faults: Faults
    gateway: Gateway
    posted: Callable[[str, Any], Any]
    """Makes the version's own `Posted` of a connection id and an outcome's name."""

    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Any]:
        frame = json.loads(message)
        source = iter(connection_ids)
        flying: list[tuple[float, int, _Post]] = []
        more, number = True, 0
        while more or flying:
            pause = False
            while more and not pause and len(flying) < POSTS_IN_FLIGHT:
                target: Any = next(source, _END)
                if target is None:
                    pause = True
                elif target is _END:
                    more = False
                else:
                    number += 1
                    post = _Post(target)
                    heapq.heappush(flying, (self._begin(post, frame), number, post))
            now = self.hub.now
            moment = flying[0][0] if flying else now + LISTEN_SECONDS
            if pause:
                moment = min(moment, now + LISTEN_SECONDS)
            if more or flying:
                self.hub.wait(max(0.0, moment - now))
            while flying and flying[0][0] <= self.hub.now:
                post = heapq.heappop(flying)[2]
                yield self.posted(post.connection_id, post.outcome)

    def close(self, connection_ids: str | Iterable[str]) -> list[str]:
        """One, as earlier versions name it, or several; none of them ever fails."""
        for connection_id in [connection_ids] if isinstance(connection_ids, str) else connection_ids:
            self._close(connection_id)
        return []

    def _close(self, connection_id: str) -> None:
        task, about = self._about(connection_id)
        number = self.faults.chance.number(about)
        fault = self.faults.of_post(about, number, "Sender.close")
        self.hub.wait(0.005)
        if fault == BEFORE:
            self.hub.die()
        self.gateway.close(connection_id, because="closed by the server")
        if fault == AFTER:
            self.hub.die()
        del task

    def _begin(self, post: _Post, frame: dict[str, Any]) -> float:
        """Send it off; returns when it will have been answered."""
        _, about = self._about(post.connection_id)
        number = self.faults.chance.number(about)
        fault = self.faults.of_post(about, number, "Sender.post")
        if fault == BEFORE:
            self.hub.die()
        if fault is not None:
            self.gateway.trouble(post.connection_id, frame)
        seconds = 0.004 + (number >> 8 & 0xFF) / 8_000
        self.hub.after(seconds / 2, lambda: self._land(post, frame, fault))
        if fault == AFTER:
            # On its way already: it lands, though nobody is there to hear so.
            self.hub.die()
        return self.hub.now + (TIMEOUT_SECONDS if fault in (POST_LATE, POST_FAILED) else seconds)

    def _land(self, post: _Post, frame: dict[str, Any], fault: str | None) -> None:
        if fault == POST_FAILED:
            return
        if fault == POST_THROTTLED:
            post.outcome = "THROTTLED"
            return
        if fault == POST_GONE:
            self.gateway.forget(post.connection_id)
        if not self.gateway.has(post.connection_id):
            post.outcome = "GONE"
            return
        self.gateway.deliver(post.connection_id, frame, lost=fault == POST_LOST)
        if fault != POST_LATE:
            post.outcome = "DELIVERED"

    def _about(self, connection_id: str) -> tuple[Any, str]:
        task = self.hub.task
        if task is None:
            raise RuntimeError("only an invocation posts")
        task.calls += 1
        return task, f"{task.key}:{task.calls}>{connection_id}"
