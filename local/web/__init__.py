"""What the local system shows to people: the page at `/` and the small API behind its buttons."""

from .backend import PageBackend, page_app
from .files import attach_page

__all__ = ["PageBackend", "attach_page", "page_app"]
