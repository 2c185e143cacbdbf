"""The behaviour list: each test of an AWS behaviour says what it proves, and where that is known from."""

from __future__ import annotations

import pytest


def behaviour(statement: str, *, source: str) -> pytest.MarkDecorator:
    """Mark a test as the proof of one AWS behaviour. The table in docs/local-gateway.md is made of these.

    Sources: `D` AWS documentation, `F` captured event, `X` reported experiment or issue, `S` SDK model,
    `R` RFC 6455, `[?]` a reading of ours where these are silent (docs/decisions/0020 to 0025).
    """
    return pytest.mark.behaviour(statement, source=source)
