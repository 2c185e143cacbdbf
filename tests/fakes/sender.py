"""The management API in memory: which connections are open, and what each has received."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from shared.app.ports.sender import Posted
from shared.domain.limits import API_GATEWAY_MESSAGE_BYTES
from shared.domain.target import Outcome


@dataclass
class FakeSender:
    open: set[str] = field(default_factory=set)
    received: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))
    planned: dict[str, list[Outcome]] = field(default_factory=lambda: defaultdict(list))
    """Outcomes to give to the next posts to a connection, before it answers by itself."""
    closed: list[str] = field(default_factory=list)

    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Posted]:
        for connection_id in connection_ids:
            if connection_id is None:
                continue
            outcome = self._outcome(message, connection_id)
            if outcome is Outcome.DELIVERED:
                self.received[connection_id].append(json.loads(message))
            yield Posted(connection_id, outcome)

    def close(self, connection_ids: Iterable[str]) -> list[str]:
        for connection_id in connection_ids:
            self.open.discard(connection_id)
            self.closed.append(connection_id)
        return []

    def types_at(self, connection_id: str) -> list[str]:
        return [message["type"] for message in self.received[connection_id]]

    def _outcome(self, message: bytes, connection_id: str) -> Outcome:
        if self.planned[connection_id]:
            return self.planned[connection_id].pop(0)
        if connection_id not in self.open:
            return Outcome.GONE
        return Outcome.TOO_LARGE if len(message) > API_GATEWAY_MESSAGE_BYTES else Outcome.DELIVERED
