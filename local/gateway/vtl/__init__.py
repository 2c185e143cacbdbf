"""Velocity's template language, as far as API Gateway's mapping templates use it.

https://velocity.apache.org/engine/1.7/user-guide.html. docs/decisions/0025: why it is ours, and its readings.
"""

from .errors import TemplateFailed, TemplateSyntaxError
from .template import Template
from .values import Functions, JsonList, from_json, to_text

__all__ = [
    "Functions",
    "JsonList",
    "Template",
    "TemplateFailed",
    "TemplateSyntaxError",
    "from_json",
    "to_text",
]
