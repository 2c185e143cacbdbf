"""The checks, a module for each chapter of the contract. Importing them enters their checks."""

from verify.chapters import (
    conflation,
    connecting,
    counts,
    events,
    gone,
    heartbeat,
    history,
    latency,
    leaving,
    limits,
    management,
    memory,
    messages,
    planned,
    questions,
    refusals,
    rejections,
    security,
)

# As people read them; what is left behind is looked at last.
ORDER = (
    connecting.__name__,
    messages.__name__,
    refusals.__name__,
    counts.__name__,
    events.__name__,
    rejections.__name__,
    conflation.__name__,
    planned.__name__,
    history.__name__,
    memory.__name__,
    heartbeat.__name__,
    gone.__name__,
    management.__name__,
    limits.__name__,
    security.__name__,
    questions.__name__,
    latency.__name__,
    leaving.__name__,
)
