"""$disconnect: remove a connection. It may come twice, late, or never."""

from dataclasses import dataclass

from shared.app.ports.registry import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Disconnect:
    registry: Registry

    def __call__(self, connection_id: str) -> bool:
        """False when nothing was left to remove."""
        return self.registry.remove(connection_id)
