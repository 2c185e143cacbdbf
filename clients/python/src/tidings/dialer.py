"""Opens connections: address, token, the WebSocket library's own options."""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import connect as websockets_connect

from tidings.errors import TidingsError
from tidings.link import Connection, ConnectionLost

Connect = Callable[..., Awaitable[Connection]]
Token = str | Callable[[], str | Awaitable[str]]
TokenIn = Literal["query", "header", "protocol", "ticket"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialer:
    url: str
    user_id: str | None
    token: Token | None
    token_in: TokenIn
    heartbeat_seconds: int | None = None
    connect: Connect = websockets_connect
    options: Mapping[str, Any] = field(default_factory=dict)
    """Passed to `websockets.connect` as they are: `ssl`, `proxy`, `additional_headers`, `open_timeout`, …"""

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            known = parts.scheme in {"ws", "wss"} and bool(parts.hostname) and parts.port != 0
        except ValueError as exc:
            raise ValueError(f"{self.url!r} is no WebSocket address: {exc}") from exc
        if not known:
            raise ValueError(
                f"{self.url!r} is no WebSocket address: it begins with ws:// or wss://, and a host"
            )

    @property
    def can_renew_token(self) -> bool:
        return callable(self.token)

    async def dial(self, channels: Iterable[str]) -> Connection:
        """Raises what the WebSocket library raises, ConnectionLost when there is no token.

        The token is asked for anew each time; a TidingsError of its callback ends the client.
        """
        query: dict[str, str] = {}
        # The library's own pings are off: API Gateway is not documented to answer them, and the watch over
        # silence is ours.
        options: dict[str, Any] = {"ping_interval": None, "close_timeout": 2, **self.options}
        if self.heartbeat_seconds is not None:
            query["heartbeat"] = str(self.heartbeat_seconds)
        if self.user_id is not None:
            query["user_id"] = self.user_id
        if joined := ",".join(channels):
            query["channels"] = joined
        if self.token is not None:
            token = await self._fresh_token(self.token)
            match self.token_in:
                case "query":
                    query["token"] = token
                case "ticket":
                    query["ticket"] = token
                case "header":
                    headers = dict(options.get("additional_headers") or {})
                    options["additional_headers"] = {**headers, "Authorization": f"Bearer {token}"}
                case "protocol":
                    options["subprotocols"] = ["tidings", f"bearer.{token}"]
        parts = urlsplit(self.url)
        full = urlunsplit(parts._replace(query=urlencode({**dict(parse_qsl(parts.query)), **query})))
        return await self.connect(full, **options)

    @staticmethod
    async def _fresh_token(token: Token) -> str:
        if isinstance(token, str):
            return token
        try:
            fresh = token()
            return await fresh if inspect.isawaitable(fresh) else fresh
        except TidingsError:
            raise
        except Exception as exc:
            raise ConnectionLost(f"no token: {exc}") from exc
