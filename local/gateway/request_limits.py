"""How much a request may say before its body, and what is answered to more."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aiohttp.http_exceptions import HttpProcessingError

if TYPE_CHECKING:
    from aiohttp import web

# For the server that carries the gateway: it must read more than the gateway accepts, or it answers itself.
PARSER_LIMITS: dict[str, Any] = {"max_line_size": 64 * 1024, "max_field_size": 64 * 1024}


def header_bytes(request: web.Request) -> int:
    """The request line and the values of all headers: what AWS's quota counts.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html
    """
    line = len(request.method) + len(request.raw_path) + len("  HTTP/1.1")
    return line + sum(len(value) for _, value in request.raw_headers)


class OneLineForBadRequests(logging.Filter):
    """For the logger `aiohttp.server`: a request that is no HTTP is the client's fault, not a traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        exception = record.exc_info[1] if record.exc_info else None
        if isinstance(exception, HttpProcessingError):
            record.msg, record.args = f"{record.getMessage()}: {type(exception).__name__}", ()
            record.exc_info, record.exc_text = None, None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True
