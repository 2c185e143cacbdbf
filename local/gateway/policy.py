"""IAM policy evaluation, as far as an authorizer's answer needs it."""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

INVOKE = "execute-api:Invoke"


class Decision(Enum):
    ALLOWED = auto()
    DENIED = auto()
    EXPLICITLY_DENIED = auto()


class MalformedPolicy(ValueError):
    """The document is no policy, or uses what is not evaluated here (conditions)."""


def evaluate(document: Any, *, action: str, resource: str) -> Decision:
    """Deny beats Allow, and what nothing allows is denied. Raises MalformedPolicy."""
    if not isinstance(document, dict) or not document.get("Statement"):
        raise MalformedPolicy("policyDocument has no Statement")
    statements = document["Statement"]
    decision = Decision.DENIED
    for statement in statements if isinstance(statements, list) else [statements]:
        effect = _effect(statement)
        if not (
            _matches(statement, "Action", action, ignore_case=True)
            and _matches(statement, "Resource", resource, ignore_case=False)
        ):
            continue
        if effect == "Deny":
            return Decision.EXPLICITLY_DENIED
        decision = Decision.ALLOWED
    return decision


def _effect(statement: Any) -> str:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("a Statement needs the Effect Allow or Deny")
    if statement.get("Condition"):
        raise MalformedPolicy("a Statement with a Condition is not emulated")
    return str(statement["Effect"])


def _matches(statement: Mapping[str, Any], element: str, value: str, *, ignore_case: bool) -> bool:
    """`Action` or `NotAction`, `Resource` or `NotResource`, each a string or a list of them."""
    negated = f"Not{element}"
    patterns = statement.get(element, statement.get(negated))
    if isinstance(patterns, str):
        patterns = [patterns]
    if not isinstance(patterns, list) or not all(isinstance(pattern, str) for pattern in patterns):
        raise MalformedPolicy(f"a Statement needs {element} or {negated}")
    matched = any(_regex(pattern, ignore_case).fullmatch(value) for pattern in patterns)
    return matched is (element in statement)


@lru_cache(maxsize=256)
def _regex(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001  (lru_cache keys on positions)
    wild = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(wild, re.IGNORECASE if ignore_case else 0)
