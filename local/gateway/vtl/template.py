"""A template: read once, rendered for each message."""

from __future__ import annotations

from typing import Any

from .errors import TemplateFailed
from .nodes import LeaveLoop, LeaveTemplate, write_all
from .parser import parse


class Template:
    """Raises TemplateSyntaxError."""

    def __init__(self, text: str) -> None:
        self._nodes = parse(text.strip())

    def render(self, names: dict[str, Any]) -> str:
        """Raise TemplateFailed. `names` are the template's variables; what it sets stays in it."""
        out: list[str] = []
        try:
            write_all(self._nodes, dict(names), out)
        except (LeaveLoop, LeaveTemplate):
            pass
        except RecursionError as exc:
            raise TemplateFailed("the value is nested too deeply") from exc
        return "".join(out)
