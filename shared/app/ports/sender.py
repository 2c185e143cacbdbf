"""The management API."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from shared.domain.target import Outcome


class Posted(NamedTuple):
    connection_id: str
    outcome: Outcome


class Sender(Protocol):
    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Posted]:
        """Post one message to many connections, one try each, in any order. Never raises for a target.

        The ids are taken as posts may begin. None among them means that there is none just now: what is
        under way is listened to before the next one is asked for.
        """

    def close(self, connection_ids: Iterable[str]) -> Sequence[str]:
        """End connections; one that is gone already is ended. Those that could not be ended come back."""
