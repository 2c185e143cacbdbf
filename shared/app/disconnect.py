"""$disconnect: remove a connection. It may come twice, late, or never."""

from shared.app.ports import Ports


def disconnect(ports: Ports, connection_id: str) -> bool:
    """False when nothing was left to remove."""
    return ports.registry.remove(connection_id)
