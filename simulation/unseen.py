"""The bus as functions put events on it: what a user has not seen in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulation.world import World


@dataclass(frozen=True, slots=True)
class ToldUnseen:
    world: "World"

    def put(self, event_type: str, detail: Mapping[str, Any]) -> None:
        """EventBridge takes it, late, twice or not at all: whoever asked finds out as with any call."""
        world = self.world

        def take() -> None:
            world.record("bus", event_type, detail["id"], detail["data"]["reason"])
            world.unseen.append((detail["id"].removeprefix("unseen:"), world.hub.now))

        world.storage.calls.call("put_events", take)
