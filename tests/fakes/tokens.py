"""Tokens whose claims are known by their text; any other has a signature that does not hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import AccessRefused, Refusal


@dataclass
class FakeTokens:
    signed: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def claims(self, token: str, *, now: float) -> Mapping[str, Any]:  # noqa: ARG002  part of the port
        if token not in self.signed:
            raise AccessRefused(Refusal.SIGNATURE)
        return self.signed[token]
