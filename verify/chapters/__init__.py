"""The checks, a module for each chapter of the contract. Importing them enters their checks.

Streams with their history and the inbox are not built yet. When they are, `memory.py` belongs here.
"""

from verify.chapters import (
    conflation,
    connecting,
    counts,
    events,
    gone,
    heartbeat,
    latency,
    leaving,
    limits,
    management,
    messages,
    planned,
    questions,
    refusals,
    rejections,
    security,
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
