"""A catalogue as plain JSON, to be compared with another.  python snapshot.py MODULE

As a script it reads the catalogue of the folder that Python looks into first. So it imports nothing
of `derive`, and takes what an older `tidings.catalog` does not declare for absent.
"""

import json
import sys
from datetime import timedelta
from importlib import import_module
from typing import Any


def snapshot(catalog: Any) -> dict[str, Any]:
    """`channels` and `types` by name: all that clients and producers rely on."""
    return {
        "channels": {
            name: {
                "keep_seconds": _seconds(getattr(one, "keep", None)),
                "rule": getattr(one, "may_join", None) is not None,
            }
            for name, one in catalog.declared.items()
        },
        "types": {name: _event_type(one) for name, one in catalog.types.items()},
    }


def _event_type(one: Any) -> dict[str, Any]:
    conflation = one.conflation
    return {
        "channel": one.channel,
        "from_producers": one.from_producers,
        "conflated_by": None if conflation is None else (conflation.key_field or "its type"),
        "inbox": getattr(one, "inbox", False),
        "unseen_after_seconds": _seconds(getattr(one, "unseen_after", None)),
        "reminders": sorted(
            f"{reminder.type} {_seconds(span)} s before {reminder.at}"
            for reminder in (*getattr(one, "plans", ()), *getattr(one, "moves", ()))
            for span in ([reminder.before] if isinstance(reminder.before, timedelta) else reminder.before)
        ),
        "schema": one.payload.model_json_schema(),
    }


def _seconds(span: timedelta | None) -> int | None:
    return None if span is None else int(span.total_seconds())


if __name__ == "__main__":
    json.dump(snapshot(import_module(sys.argv[1]).catalog), sys.stdout)
