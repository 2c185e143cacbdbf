"""An identity provider: keys, tokens of every kind, and the document its keys are published in."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

ISSUER = "https://issuer.test/"
AUDIENCE = "tidings"

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:  # noqa: ARG001  a key for each name; making one takes a while
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Issuer:
    keys: dict[str, PrivateKey] = field(default_factory=lambda: {"rsa-1": rsa_key("rsa-1"), "ec-1": ec_key()})
    """The published ones, by key id."""

    def jwks(self) -> bytes:
        published = []
        for key_id, key in self.keys.items():
            if isinstance(key, rsa.RSAPrivateKey):
                document = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
            else:
                document = jwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
            published.append({**document, "kid": key_id, "use": "sig"})
        return json.dumps({"keys": published}).encode()

    def token(
        self,
        *,
        now: float,
        key_id: str | None = "rsa-1",
        algorithm: str = "RS256",
        key: Any = None,
        headers: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """A good token, but for what is given; a claim of None is left out."""
        said = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "ann",
            "iat": int(now),
            "exp": int(now) + 3600,
            **claims,
        }
        head = {**({} if key_id is None else {"kid": key_id}), **(headers or {})}
        signing = key if key is not None else self.keys.get(key_id or "rsa-1", rsa_key("rsa-1"))
        payload = {name: value for name, value in said.items() if value is not None}
        return jwt.api_jws.encode(json.dumps(payload).encode(), signing, algorithm=algorithm, headers=head)
