"""The checks, a module for each chapter of the contract. Importing them enters their checks.

Streams with their history and the inbox are not built yet. When they are, `memory.py` belongs here.
"""

from verify.chapters import (
    connecting,
    messages,
    refusals,
    counts,
    events,
    rejections,
    conflation,
    planned,
    heartbeat,
    gone,
    management,
    limits,
    security,
    access,
    questions,
    latency,
)

__all__ = [
    "access",
    "conflation",
    "connecting",
    "counts",
    "events",
    "gone",
    "heartbeat",
    "latency",
    "limits",
    "management",
    "messages",
    "planned",
    "questions",
    "refusals",
    "rejections",
    "security",
]
