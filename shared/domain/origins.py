"""Which web pages may connect. Browsers do not apply CORS to WebSockets, so we check Origin."""

import re
from urllib.parse import urlsplit

from shared.domain.errors import AccessRefused, Refusal

_ANY_SUBDOMAIN = "*."
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


def check_origin(origins: tuple[str, ...], *, allowed: tuple[str, ...], allow_missing: bool) -> None:
    """Raises AccessRefused. `origins` are the values of the Origin headers: one, none, or a forgery.

    `allowed` names `https://app.example.com` exactly, or `https://*.example.com` for its subdomains; none
    means all. `allow_missing` lets in clients that send no Origin, which each browser does.
    """
    if not allowed:
        return
    if not origins:
        if allow_missing:
            return
        raise AccessRefused(Refusal.ORIGIN_MISSING)
    if len(origins) > 1 or not any(_matches(origins[0], pattern) for pattern in allowed):
        raise AccessRefused(Refusal.ORIGIN)


def _matches(origin: str, pattern: str) -> bool:
    if _ANY_SUBDOMAIN not in pattern:
        return origin.lower() == pattern.lower()
    scheme, _, domain = pattern.lower().partition(f"://{_ANY_SUBDOMAIN}")
    try:
        asked = urlsplit(origin.lower())
        host, port = asked.hostname or "", asked.port
    except ValueError:
        return False
    # Put together again it must equal what was sent. Then it has no path, no user and no second host.
    said = f"{asked.scheme}://{host}" + ("" if port is None else f":{port}")
    domain_host, _, domain_port = domain.partition(":")
    return (
        said == origin.lower()
        and _HOST.fullmatch(host) is not None
        and asked.scheme == scheme
        and host.endswith(f".{domain_host}")
        and ("" if port is None else str(port)) == domain_port
    )
