"""What a client sends to open a connection: query, headers, and the one credential among them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Any, Self

from shared.domain.errors import AccessRefused, Refusal

_BEARER = "bearer."
_SCHEME = "bearer "
# Names of subprotocols. RFC 9110, 5.6.2 allows these characters in our answer's header.
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")


@dataclass(frozen=True, slots=True)
class Credential:
    text: str = field(repr=False)
    is_ticket: bool = False
    """Else it is a token."""


Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    connection_id: str
    connected_at: float
    """Seconds since the epoch."""
    query: Values = field(default_factory=dict, repr=False)
    headers: Values = field(default_factory=dict, repr=False)
    """By lower-case name."""
    address: str = ""
    """IPv4, or IPv6, as API Gateway saw it; it knows of no proxy before it."""

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> Self:
        """Read API Gateway's $connect event, whose keys for what was not sent are missing."""
        request = event["requestContext"]
        headers: dict[str, tuple[str, ...]] = {}
        # Names come as the client wrote them, or in lower case behind a custom domain.
        for name, values in _all_values(event, "multiValueHeaders", "headers").items():
            headers[name.lower()] = headers.get(name.lower(), ()) + values
        return cls(
            connection_id=request["connectionId"],
            connected_at=request["connectedAt"] / 1000,
            query=_all_values(event, "multiValueQueryStringParameters", "queryStringParameters"),
            headers=headers,
            address=request.get("identity", {}).get("sourceIp", ""),
        )

    @property
    def network(self) -> str:
        """Whose connections are counted together: an IPv4 address, or the /64 of an IPv6 address."""
        if ":" not in self.address:
            return self.address
        return str(ip_network((self.address, 64), strict=False))

    def parameter(self, name: str) -> str | None:
        """The last value of a query parameter; None when it is absent or empty."""
        values = self.query.get(name)
        return (values[-1] or None) if values else None

    @property
    def origins(self) -> tuple[str, ...]:
        return self.headers.get("origin", ())

    @property
    def subprotocol(self) -> str | None:
        """The real subprotocol to agree to: browsers drop a connection that agrees to none they asked for."""
        for one in self._subprotocols():
            if _NAME.fullmatch(one) and not one.lower().startswith(_BEARER):
                return one
        return None

    def credential(self) -> Credential | None:
        """Raises AccessRefused when there is more than one: which of them counts would be a guess."""
        found = [*self._credentials()]
        if len(found) > 1:
            raise AccessRefused(Refusal.SEVERAL_CREDENTIALS)
        return found[0] if found else None

    def _credentials(self) -> Iterator[Credential]:
        for text in self.query.get("token", ()):
            if text:
                yield Credential(text)
        for text in self.query.get("ticket", ()):
            if text:
                yield Credential(text, is_ticket=True)
        for one in self._subprotocols():
            if one.lower().startswith(_BEARER):
                yield Credential(one[len(_BEARER) :])
        for text in self.headers.get("authorization", ()):
            if text[: len(_SCHEME)].lower() == _SCHEME:
                yield Credential(text[len(_SCHEME) :].strip())

    def _subprotocols(self) -> list[str]:
        parts = ",".join(self.headers.get("sec-websocket-protocol", ())).split(",")
        return [part.strip() for part in parts if part.strip()]


def _all_values(event: Mapping[str, Any], multiple: str, single: str) -> dict[str, tuple[str, ...]]:
    """Every value sent under a name; of what API Gateway tells twice, one."""
    found = {name: tuple(values) for name, values in (event.get(multiple) or {}).items()}
    for name, value in (event.get(single) or {}).items():
        if value not in found.get(name, ()):
            found[name] = (*found.get(name, ()), value)
    return found
