"""Which records an event source mapping lets through to its function.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from local.cloud.errors import TemplateError
from local.cloud.stack import Resolved


@dataclass(frozen=True, slots=True)
class FilterCriteria:
    patterns: tuple[str, ...] = ()
    """JSON objects in EventBridge's pattern language; none lets everything through."""

    @classmethod
    def of(cls, mapping: Resolved) -> Self:
        """Raises TemplateError for a pattern that is no JSON object."""
        filters = (mapping.get("FilterCriteria") or {}).get("Filters") or []
        patterns = tuple(str(found.get("Pattern", "{}")) for found in filters)
        for pattern in patterns:
            if not isinstance(_parsed(pattern), dict):
                raise TemplateError(f"{mapping.where}: FilterCriteria: {pattern} is no JSON object")
        return cls(patterns)

    def lets_through(self, record: Mapping[str, Any]) -> bool:
        """A queue's body counts as JSON when it is an object."""
        if not self.patterns:
            return True
        from moto.events.models import EventPattern  # noqa: PLC0415 - slow, and few templates filter

        body = _parsed(record.get("body"))
        event: Any = {**record, "body": body} if isinstance(body, dict) else dict(record)
        return any(EventPattern(text, json.loads(text)).matches_event(event) for text in self.patterns)


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return None
