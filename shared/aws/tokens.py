"""Verifies the signature of JSON Web Tokens with PyJWT.

It does not check claims: PyJWT would read the clock itself. The domain checks them, with our clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from shared.aws.keys import Keys
from shared.domain.errors import AccessRefused, Refusal

_ONLY_THE_SIGNATURE: Any = {
    "verify_signature": True,
    **dict.fromkeys(
        ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub", "verify_jti"),
        False,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JwtTokens:
    keys: Keys
    algorithms: tuple[str, ...]
    """Pinned by the stage: a token does not choose."""

    def claims(self, token: str, *, now: float) -> Mapping[str, Any]:
        header = _header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if algorithm not in self.algorithms:
            raise AccessRefused(Refusal.ALGORITHM)
        # Extensions that must be understood (RFC 7515, 4.1.11): we understand none.
        if "crit" in header or not (key_id is None or isinstance(key_id, str)):
            raise AccessRefused(Refusal.MALFORMED)
        try:
            return self._verified(token, algorithm, key_id, now)
        except jwt.InvalidSignatureError as exc:
            if not self.keys.changed(now=now):
                raise AccessRefused(Refusal.SIGNATURE) from exc
        try:
            return self._verified(token, algorithm, key_id, now)
        except jwt.InvalidSignatureError as exc:
            raise AccessRefused(Refusal.SIGNATURE) from exc

    def _verified(self, token: str, algorithm: str, key_id: str | None, now: float) -> Mapping[str, Any]:
        key = self.keys.find(key_id, algorithm=algorithm, now=now)
        try:
            claims: Mapping[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], options=_ONLY_THE_SIGNATURE
            )
        except jwt.InvalidSignatureError:
            raise
        except _UNREADABLE as exc:
            raise AccessRefused(Refusal.MALFORMED) from exc
        return claims


# ValueError: bytes that are no UTF-8, numbers beyond Python's limit; RecursionError: JSON nested for that.
_UNREADABLE = (jwt.PyJWTError, ValueError, RecursionError)


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except _UNREADABLE as exc:
        raise AccessRefused(Refusal.MALFORMED) from exc
