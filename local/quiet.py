"""What the terminal shows of this project's log lines: nothing of heartbeats and idle minutes."""

from collections.abc import Mapping
from typing import Any


def shown(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The fields worth a person's look; None for a line that only says that the system is up."""
    match entry:
        case {"message": "ticked", "released": 0, "overdue": 0}:
            return None
        case {"message": "delivery sent", "kind": "heartbeat"}:
            return None
        case {"message": "receipt", "receipt": Mapping() as receipt}:
            # An event's receipt names its event; a heartbeat's does not.
            if "event_id" not in entry and receipt.get("matched") == receipt.get("delivered"):
                return None
            counts = {
                name: value
                for name, value in receipt.items()
                if name in {"matched", "delivered"} or (value and not name.endswith(("_at", "_units")))
            }
            return {
                **{name: value for name, value in entry.items() if name not in {"receipt", "added"}},
                **counts,
            }
        case _:
            return entry
