"""What code draws at random, it draws from the seed."""

import hashlib
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from simulation.hub import Hub

_MOST_BYTES = 64


@contextmanager
def drawn_from(seed: int, hub: Hub) -> Iterator[None]:
    """While this lasts, `os.urandom` and what reads it (SystemRandom, uuid4, secrets) repeat themselves."""
    drawn = 0

    def urandom(size: int) -> bytes:
        nonlocal drawn
        drawn += 1
        task = hub.task
        about = f"{drawn}" if task is None else f"{task.key}:{task.calls} {drawn}"
        digest = hashlib.blake2b(about.encode(), digest_size=_MOST_BYTES, key=str(seed).encode()).digest()
        return (digest * (size // _MOST_BYTES + 1))[:size]

    with patch.object(os, "urandom", urandom), patch.object(random, "_urandom", urandom):
        yield
