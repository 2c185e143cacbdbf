"""Who may steer the emulator: programs and pages of this machine, nobody else."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from aiohttp import web

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler


def is_loopback(host: str | None) -> bool:
    """Whether this is a name or an address of this machine that others cannot reach."""
    if host == "localhost":
        return True
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return False


@web.middleware
async def loopback_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse other machines, other names for this one (DNS rebinding) and pages of other origins."""
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    if not is_loopback(request.remote) or not is_loopback(host):
        raise web.HTTPForbidden(text="the control API answers on loopback only")
    if origin is not None and not is_loopback(urlsplit(origin).hostname):
        raise web.HTTPForbidden(text="the control API does not answer pages of other origins")
    return await handler(request)
