"""JSONPath as mapping templates and parameters use it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-data-transformations.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from local.gateway.vtl import TemplateFailed

# What can find several values gives a list of them; any other path gives the value itself.
_INDEFINITE = re.compile(r"\.\.|\*|\?|\[[^\]'\"]*[:,]")


@lru_cache(maxsize=512)
def _parsed(path: str) -> Any:
    from jsonpath_ng.exceptions import (  # noqa: PLC0415 - a moment that most APIs need not wait for
        JsonPathLexerError,
        JsonPathParserError,
    )
    from jsonpath_ng.ext.parser import parse  # noqa: PLC0415 - as above

    try:
        return parse(path)
    except (JsonPathLexerError, JsonPathParserError) as exc:
        raise TemplateFailed(f"{path!r} is no JSONPath: {exc}") from exc


def find(document: Any, path: str) -> Any:
    """None when there is nothing. Raises TemplateFailed for what is no path."""
    found = [match.value for match in _parsed(path).find(document)]
    if _INDEFINITE.search(path):
        return found
    return found[0] if found else None
