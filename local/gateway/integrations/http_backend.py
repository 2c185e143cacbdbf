"""HTTP and HTTP_PROXY integrations: requests to web servers, of this machine unless more is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from local.gateway.errors import GatewayConfigurationError
from local.gateway.integration import Failure, IntegrationFailed
from local.gateway.loopback import is_loopback

from .backends import BackendResponse

if TYPE_CHECKING:
    from .backends import BackendRequest


class HttpClient:
    """One session for all integrations, opened with the first request."""

    def __init__(self, *, anywhere: bool) -> None:
        self._anywhere = anywhere
        self._session: aiohttp.ClientSession | None = None

    def check(self, uri: str, *, route_key: str) -> None:
        """Raise GatewayConfigurationError for an address that may not be called."""
        parts = urlsplit(uri)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise GatewayConfigurationError(f"route {route_key!r}: {uri!r} is no HTTP address")
        if not self._anywhere and not is_loopback(parts.hostname):
            raise GatewayConfigurationError(
                f"route {route_key!r}: {parts.hostname} is not this machine; "
                "--http-anywhere lets the gateway call other machines"
            )

    async def send(self, uri: str, request: BackendRequest) -> BackendResponse:
        """Redirects are not followed: they would lead to addresses that nobody checked."""
        if self._session is None:
            # Neither a proxy of the environment nor cookies: API Gateway has none.
            self._session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                request.method,
                uri,
                params=request.query,
                headers=request.headers,
                data=request.body,
                allow_redirects=False,
            ) as response:
                return BackendResponse(response.status, await response.read(), dict(response.headers))
        except (aiohttp.ClientError, OSError) as exc:
            raise IntegrationFailed(Failure.FUNCTION_ERROR, f"{uri}: {exc}") from exc

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


class HttpBackend:
    def __init__(self, client: HttpClient, uri: str) -> None:
        self._client = client
        self._uri = uri

    async def send(self, request: BackendRequest) -> BackendResponse:
        return await self._client.send(self._uri, request)
