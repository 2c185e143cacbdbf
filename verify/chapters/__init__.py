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
    questions,
    latency,
    leaving,
)

__all__ = [
    "conflation",
    "connecting",
    "counts",
    "events",
    "gone",
    "heartbeat",
    "latency",
    "leaving",
    "limits",
    "management",
    "messages",
    "planned",
    "questions",
    "refusals",
    "rejections",
    "security",
]
