"""What goes wrong with a template: when it is read, and when it is evaluated."""

from __future__ import annotations


class TemplateSyntaxError(ValueError):
    """The template cannot be read, or uses a directive that is not emulated. The message names the line."""


class TemplateFailed(Exception):
    """The template asks a value for what it has not, such as a method or a character beyond its end."""
