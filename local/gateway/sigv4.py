"""Signature Version 4 as the management API checks it: presence always, the signature when it can.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
import re
from calendar import timegm
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

_ALGORITHM = "AWS4-HMAC-SHA256"
_HEADER = re.compile(
    rf"{_ALGORITHM}\s+Credential=(?P<credential>[^,\s]+)\s*,\s*"
    r"SignedHeaders=(?P<signed_headers>[^,\s]+)\s*,\s*Signature=(?P<signature>[0-9a-f]{64})"
)
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z")
_SCOPE_PARTS = 5  # key/date/region/service/aws4_request
SERVICE = "execute-api"


class SignatureRefused(Exception):
    """The message is the one the caller sees."""


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """`target` is the request line's: path and query exactly as sent."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


def is_signed(headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
    """Whether a handshake says who signs it, in a header or, as browsers must, in its query."""
    return (
        headers.get("Authorization", "").startswith(_ALGORITHM) or query.get("X-Amz-Algorithm") == _ALGORITHM
    )


@dataclass(slots=True)
class SignatureCheck:
    """`credentials` maps access key ids to secrets. While it is empty, a signature need only be there."""

    credentials: Mapping[str, str] = field(default_factory=dict)
    clock_skew_seconds: float | None = 300
    _signing_keys: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def check(self, request: SignedRequest, *, now: float) -> None:
        """Raise SignatureRefused."""
        authorization = request.headers.get("Authorization")
        if authorization is None:
            raise SignatureRefused("Missing Authentication Token")
        parsed = _HEADER.fullmatch(authorization.strip())
        if parsed is None:
            raise SignatureRefused("Authorization header is not a valid AWS4-HMAC-SHA256 header")
        if self.credentials:
            self._verify(request, parsed, now=now)

    def _verify(self, request: SignedRequest, parsed: re.Match[str], *, now: float) -> None:
        key_id, _, scope = parsed["credential"].partition("/")
        secret = self.credentials.get(key_id)
        if secret is None:
            raise SignatureRefused("The security token included in the request is invalid.")
        parts = scope.split("/")
        if len(parts) != _SCOPE_PARTS - 1 or parts[2:] != [SERVICE, "aws4_request"]:
            raise SignatureRefused("Credential should be scoped to correct service: 'execute-api'.")
        signed_at = request.headers.get("X-Amz-Date", "")
        self._check_skew(signed_at, now=now)
        text = "\n".join((_ALGORITHM, signed_at, scope, _canonical_digest(request, parsed["signed_headers"])))
        expected = hmac.new(self._signing_key(key_id, secret, scope), text.encode(), sha256).hexdigest()
        if not hmac.compare_digest(expected, parsed["signature"]):
            raise SignatureRefused(
                "The request signature we calculated does not match the signature you provided."
            )

    def _check_skew(self, signed_at: str, *, now: float) -> None:
        parts = _DATE.fullmatch(signed_at)
        if parts is None:
            raise SignatureRefused("X-Amz-Date must be in the format 20260131T235959Z")
        at = timegm(tuple(map(int, parts.groups())))
        if self.clock_skew_seconds is not None and abs(now - at) > self.clock_skew_seconds:
            raise SignatureRefused(f"Signature expired or not yet valid: {signed_at}")

    def _signing_key(self, key_id: str, secret: str, scope: str) -> bytes:
        """One a day, region and key: the four rounds are done once."""
        cached = self._signing_keys.get((key_id, scope))
        if cached is None:
            cached = f"AWS4{secret}".encode()
            for part in scope.split("/"):
                cached = hmac.new(cached, part.encode(), sha256).digest()
            self._signing_keys = {(key_id, scope): cached}
        return cached


def _canonical_digest(request: SignedRequest, signed_headers: str) -> str:
    path, _, query = request.target.partition("?")
    pairs = sorted(
        (quote(key, safe="-_.~"), quote(value, safe="-_.~"))
        for key, value in parse_qsl(query, keep_blank_values=True)
    )
    names = signed_headers.split(";")
    headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names)
    canonical = "\n".join(
        (
            request.method,
            # Every service but S3 encodes the already encoded path once more.
            quote(path, safe="/-_.~"),
            "&".join(f"{key}={value}" for key, value in pairs),
            headers,
            signed_headers,
            sha256(request.body).hexdigest(),
        )
    )
    return sha256(canonical.encode()).hexdigest()
