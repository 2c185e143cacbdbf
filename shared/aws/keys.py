"""The keys that tokens are verified with: a provider's published ones, or a shared secret.

A warm function keeps them. There are limits to how often it asks for them, how long an answer counts, and how
many keys an answer may name. A client that makes up key ids cannot make it ask more often.
"""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from jwt import PyJWK, PyJWTError

from shared.domain.errors import AccessRefused, Refusal, TryAgain

FRESH_SECONDS = 600.0
# Between two tries to ask, whatever the reason: an unknown key id, a provider that is down.
ASK_AGAIN_SECONDS = 30.0
# A provider that is down for longer than this locks its users out.
STALE_SECONDS = 24 * 60 * 60.0
KEYS = 100
# RFC 7518, 3.2: a key of the size of the hash or larger.
SECRET_BYTES = 32

_SECRET = "oct"  # noqa: S105  a key type
_PUBLISHED = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
_KEY_TYPES = {**_PUBLISHED, "HS": _SECRET}


@dataclass(slots=True)
class Keys:
    """Raw keys, asked for when they are old or when there is need, and kept while nobody answers."""

    fetch: Callable[[], Sequence[dict[str, Any]]]
    """Raises TryAgain."""
    _known: Sequence[dict[str, Any]] = ()
    _fetched_at: float | None = None
    _asked_at: float | None = None

    def find(self, key_id: str | None, *, algorithm: str, now: float) -> PyJWK:
        """Raises AccessRefused, also when there are no keys, or none young enough."""
        if self._fetched_at is None or now - self._fetched_at > FRESH_SECONDS:
            self._ask(now=now)
        if self._fetched_at is None or now - self._fetched_at > STALE_SECONDS:
            raise AccessRefused(Refusal.KEYS_UNAVAILABLE)
        found = _matching(self._known, key_id, algorithm)
        if not found and self._ask(now=now):
            found = _matching(self._known, key_id, algorithm)
        if len(found) != 1:  # without a key id, only a key that is alone needs no name
            raise AccessRefused(Refusal.UNKNOWN_KEY)
        try:
            return PyJWK(found[0], algorithm=algorithm)
        except PyJWTError as exc:
            raise AccessRefused(Refusal.UNKNOWN_KEY) from exc

    def changed(self, *, now: float) -> bool:
        """After a signature that does not hold: whether asking again brought another secret.

        Published keys need not be asked for: a provider gives a new key a new id.
        """
        before = self._known
        return any(key["kty"] == _SECRET for key in before) and self._ask(now=now) and self._known != before

    def _ask(self, *, now: float) -> bool:
        """Whether there was an answer."""
        if self._asked_at is not None and now - self._asked_at < ASK_AGAIN_SECONDS:
            return False
        self._asked_at = now
        try:
            self._known = self.fetch()
        except TryAgain:
            return False
        self._fetched_at = now
        return True


def published_keys(fetch: Callable[[], bytes]) -> Keys:
    """The keys at a JWKS URL (RFC 7517): RSA and elliptic curves; a shared secret has no place there."""
    return Keys(lambda: keys_in(fetch()))


def shared_secret(fetch: Callable[[], str]) -> Keys:
    """One secret for HS256, with whoever signs."""
    return Keys(lambda: [_secret_key(fetch())])


def keys_in(document: bytes) -> list[dict[str, Any]]:
    """The signing keys of a JWKS document. Raises TryAgain."""
    try:
        keys = json.loads(document)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError) as exc:
        raise TryAgain("not a JWKS document") from exc
    if not isinstance(keys, list) or len(keys) > KEYS:
        raise TryAgain(f"not a list of at most {KEYS} keys")
    return [
        key
        for key in keys
        if isinstance(key, dict) and key.get("kty") in _PUBLISHED.values() and key.get("use", "sig") == "sig"
    ]


def _matching(keys: Sequence[dict[str, Any]], key_id: str | None, algorithm: str) -> list[dict[str, Any]]:
    return [
        key
        for key in keys
        if key["kty"] == _KEY_TYPES.get(algorithm[:2])
        and key.get("alg", algorithm) == algorithm
        # A secret has no id.
        and (key["kty"] == _SECRET or key_id is None or key.get("kid") == key_id)
    ]


def _secret_key(secret: str) -> dict[str, Any]:
    raw = secret.encode()
    if len(raw) < SECRET_BYTES:
        raise TryAgain(f"the secret is shorter than {SECRET_BYTES} bytes")
    return {"kty": _SECRET, "k": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}
