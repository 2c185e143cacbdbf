"""Who is let in with what: one table, for the functions by themselves and for the running system."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.fakes.issuer import Issuer, rsa_key


@dataclass(frozen=True)
class Attempt:
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()


@dataclass(frozen=True)
class Case:
    name: str
    attempt: Callable[[Issuer, float], Attempt]
    status_code: int = 401
    reason: str = ""


def by_query(**changes: Any) -> Callable[[Issuer, float], Attempt]:
    """A token with these changes, `after` seconds from now for the times."""

    def attempt(issuer: Issuer, now: float) -> Attempt:
        given: dict[str, Any] = {
            name: now + value if name in ("exp", "nbf", "iat") and isinstance(value, int | float) else value
            for name, value in changes.items()
        }
        return Attempt([("token", issuer.token(now=now, **given))])

    return attempt


def confused(issuer: Issuer, now: float) -> Attempt:
    """Signed by HMAC with the public key, which everybody knows, as the secret."""
    public = rsa_key("rsa-1").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    payload = issuer.token(now=now).split(".")[1]
    head = _part({"alg": "HS256", "typ": "JWT", "kid": "rsa-1"})
    signature = hmac.new(public, f"{head}.{payload}".encode(), hashlib.sha256).digest()
    return _query(f"{head}.{payload}.{_encoded(signature)}")


def unsigned(issuer: Issuer, now: float) -> Attempt:
    payload = issuer.token(now=now).split(".")[1]
    return _query(f"{_part({'alg': 'none', 'typ': 'JWT'})}.{payload}.")


def tampered(issuer: Issuer, now: float) -> Attempt:
    head, payload, signature = issuer.token(now=now).split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return _query(f"{head}.{_part(claims | {'sub': 'bob'})}.{signature}")


def _query(*tokens: str) -> Attempt:
    return Attempt([("token", token) for token in tokens])


def _part(value: Any) -> str:
    return _encoded(json.dumps(value).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _good(issuer: Issuer, now: float) -> str:
    return issuer.token(now=now)


CASES = [
    Case("RS256 in the query", by_query(), 200),
    Case("ES256", by_query(key_id="ec-1", algorithm="ES256"), 200),
    Case("one of several audiences", by_query(aud=["other", "tidings"]), 200),
    Case("expired within the skew", by_query(exp=-30), 200),
    Case("valid soon, within the skew", by_query(nbf=30), 200),
    Case("bearer subprotocol", lambda i, n: Attempt(subprotocols=("tidings", f"bearer.{_good(i, n)}")), 200),
    Case("Authorization", lambda i, n: Attempt(headers={"Authorization": f"Bearer {_good(i, n)}"}), 200),
    Case(
        "header names in any case",
        lambda i, n: Attempt(headers={"aUTHORIZATION": f"bEARER {_good(i, n)}"}),
        200,
    ),
    Case("the token's own user", lambda i, n: Attempt([("token", _good(i, n)), ("user_id", "ann")]), 200),
    Case("another user", lambda i, n: Attempt([("token", _good(i, n)), ("user_id", "bob")]), 403, "user_id"),
    Case(
        "another user among two",
        lambda i, n: Attempt([("token", _good(i, n)), ("user_id", "bob"), ("user_id", "ann")]),
        403,
        "user_id",
    ),
    Case("no token", lambda _i, _n: Attempt([("user_id", "ann")]), reason="no token"),
    Case("empty token", lambda _i, _n: _query(""), reason="no token"),
    Case("garbage", lambda _i, _n: _query("garbage"), reason="cannot be read"),
    Case("three parts of garbage", lambda _i, _n: _query("e30.e30.e30"), reason="algorithm"),
    Case("five parts", lambda i, n: _query(_good(i, n) + ".a.b"), reason="cannot be read"),
    Case(
        "header of lists in lists", lambda _i, _n: _query(_encoded(b"[" * 1500) + ".e30.e30"), reason="cannot"
    ),
    Case("expired", by_query(exp=-61), reason="expired"),
    Case("never expires", by_query(exp=None), reason="cannot be read"),
    Case("expiry in words", by_query(exp="tomorrow"), reason="cannot be read"),
    Case("not valid yet", by_query(nbf=120), reason="not valid yet"),
    Case("issued in the future", by_query(iat=120), reason="not valid yet"),
    Case("wrong issuer", by_query(iss="https://evil.test/"), reason="issuer"),
    Case("no issuer", by_query(iss=None), reason="issuer"),
    Case("wrong audience", by_query(aud="other"), reason="audience"),
    Case("no audience", by_query(aud=None), reason="audience"),
    Case("audience that contains ours", by_query(aud="tidings-admin"), reason="audience"),
    Case("no user", by_query(sub=None), reason="no user"),
    Case("empty user", by_query(sub=""), reason="no user"),
    Case("endless user", by_query(sub="x" * 257), reason="no user"),
    Case("half a character as user", by_query(sub="\ud800"), reason="no user"),
    Case("channels that are no list", by_query(channels={"jobs": True}), reason="channels"),
    Case("algorithm none", unsigned, reason="algorithm"),
    Case("public key as secret", confused, reason="algorithm"),
    Case("algorithm not on the list", by_query(algorithm="RS512"), reason="algorithm"),
    Case("tampered claims", tampered, reason="signature"),
    Case("unknown key", by_query(key_id="rsa-9", key=rsa_key("rsa-9")), reason="no such key"),
    Case("another key under a known id", by_query(key=rsa_key("rsa-9")), reason="signature"),
    Case("key of another type", by_query(key_id="ec-1", key=rsa_key("rsa-1")), reason="no such key"),
    Case(
        "must understand what we do not", by_query(headers={"crit": ["x"], "x": 1}), reason="cannot be read"
    ),
    Case("two tokens", lambda i, n: _query(_good(i, n), i.token(now=n, sub="bob")), reason="more than one"),
    Case("one token twice", lambda i, n: _query(_good(i, n), _good(i, n)), reason="more than one"),
    Case(
        "tokens in two places",
        lambda i, n: Attempt([("token", _good(i, n))], {"Authorization": f"Bearer {_good(i, n)}"}),
        reason="more than one",
    ),
    Case(
        "token and ticket",
        lambda i, n: Attempt([("token", _good(i, n)), ("ticket", "t")]),
        reason="more than one",
    ),
    Case("made-up ticket", lambda _i, _n: Attempt([("ticket", "made up")]), reason="ticket unknown"),
    Case(
        "password in Authorization",
        lambda _i, _n: Attempt(headers={"Authorization": "Basic YTpi"}),
        reason="no tok",
    ),
]
