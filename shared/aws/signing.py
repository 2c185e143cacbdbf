"""Signature Version 4 for one request sent to many targets: all but the target's own part is done once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

import re
import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from urllib.parse import SplitResult, quote, urlsplit

from botocore.credentials import ReadOnlyCredentials

SERVICE = "execute-api"
_ALGORITHM = "AWS4-HMAC-SHA256"
_PORTS = {"https": 443, "http": 80}
# Connection ids are URL-safe base64; anything else takes the general way.
_PLAIN = re.compile(r"[A-Za-z0-9_.~-]+={0,2}").fullmatch


def endpoint_of(url: str) -> SplitResult:
    """Where the management API is: `https://{host}[:{port}]{path}/@connections/{id}`."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"not an http or https URL: {url!r}")
    return parts._replace(path=parts.path.rstrip("/"))


def port_of(endpoint: SplitResult) -> int:
    return endpoint.port or _PORTS[endpoint.scheme]


def _host_header(endpoint: SplitResult) -> str:
    is_default = port_of(endpoint) == _PORTS[endpoint.scheme]
    return f"{endpoint.hostname}" if is_default else f"{endpoint.hostname}:{endpoint.port}"


class Hmac:
    """HMAC-SHA256 with the key's rounds done once: half the cost of `hmac.digest` for a short text."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes, prefix: bytes = b"") -> None:
        block = (key if len(key) <= 64 else sha256(key).digest()).ljust(64, b"\0")  # noqa: PLR2004  RFC 2104
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block) + prefix)
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def digest(self, text: bytes) -> bytes:
        return bytes.fromhex(self.hexdigest(text))

    def hexdigest(self, text: bytes) -> str:
        inner = self._inner.copy()
        inner.update(text)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


@lru_cache(maxsize=4)
def _signing_key(secret_key: str, scope: str) -> bytes:
    """Derived anew when the day or the credentials change."""
    key = f"AWS4{secret_key}".encode()
    for part in scope.split("/"):
        key = Hmac(key).digest(part.encode())
    return key


@dataclass(slots=True)
class SignedRequests:
    """Requests of one method and body at one moment, complete for the wire, for any connection id."""

    endpoint: SplitResult
    region: str
    credentials: ReadOnlyCredentials
    now: float
    method: str = "POST"
    body: bytes = b""
    _before_path: bytes = field(init=False)
    _before_signature: bytes = field(init=False)
    _after_signature: bytes = field(init=False)
    _canonical_path: bytes = field(init=False)
    _canonical_rest: bytes = field(init=False)
    _sign: Hmac = field(init=False)

    def __post_init__(self) -> None:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self.now))
        day = moment[:8]
        headers = {"host": _host_header(self.endpoint), "x-amz-date": moment}
        if self.credentials.token is not None:
            headers["x-amz-security-token"] = self.credentials.token
        signed = ";".join(headers)
        canonical = "".join(f"{name}:{' '.join(value.split())}\n" for name, value in headers.items())
        path = f"{self.endpoint.path}/@connections/"
        # Every service but S3 encodes the already encoded path once more.
        self._canonical_path = f"{self.method}\n{quote(path, safe='/-_.~')}".encode()
        self._canonical_rest = f"\n\n{canonical}\n{signed}\n{sha256(self.body).hexdigest()}".encode()
        scope = f"{day}/{self.region}/{SERVICE}/aws4_request"
        key = _signing_key(self.credentials.secret_key, scope)
        self._sign = Hmac(key, f"{_ALGORITHM}\n{moment}\n{scope}\n".encode())
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._before_path = f"{self.method} {path}".encode()
        self._before_signature = (
            f" HTTP/1.1\r\n{lines}"
            f"content-type: application/octet-stream\r\ncontent-length: {len(self.body)}\r\n"
            f"authorization: {_ALGORITHM} Credential={self.credentials.access_key}/{scope}, "
            f"SignedHeaders={signed}, Signature="
        ).encode()
        self._after_signature = b"\r\n\r\n" + self.body

    def to(self, connection_id: str) -> bytes:
        if _PLAIN(connection_id):
            once = connection_id.replace("=", "%3D")
            twice = connection_id.replace("=", "%253D")
        else:
            once = quote(connection_id, safe="-_.~")
            twice = once.replace("%", "%25")
        canonical = self._canonical_path + twice.encode() + self._canonical_rest
        signature = self._sign.hexdigest(sha256(canonical).hexdigest().encode())
        return b"".join(
            (
                self._before_path,
                once.encode(),
                self._before_signature,
                signature.encode(),
                self._after_signature,
            )
        )
