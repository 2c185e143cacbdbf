"""Every token case at the functions' own entrance, with real keys and signatures."""

import base64
import json
from typing import Any

import pytest

from shared.aws.keys import (
    ASK_AGAIN_SECONDS,
    FRESH_SECONDS,
    STALE_SECONDS,
    published_keys,
    shared_secret,
)
from shared.aws.tokens import JwtTokens
from shared.domain.connection import Connection
from shared.domain.errors import Refusal, TryAgain
from shared.domain.handshake import Handshake
from tests.fakes.issuer import AUDIENCE, ISSUER, Issuer, rsa_key
from tests.fakes.system import JWT, FakeSystem
from tests.token_cases import CASES, Attempt, Case

SETTINGS: dict[str, Any] = JWT | {"auth_issuer": ISSUER, "auth_audience": AUDIENCE}


class Provider:
    """An issuer behind a network that can fail; counts how often it is asked."""

    def __init__(self) -> None:
        self.issuer = Issuer()
        self.asked = 0
        self.down = False

    def fetch(self) -> bytes:
        self.asked += 1
        if self.down:
            raise TryAgain("down")
        return self.issuer.jwks()


@pytest.fixture
def provider() -> Provider:
    return Provider()


@pytest.fixture
def system(provider: Provider) -> FakeSystem:
    tokens = JwtTokens(keys=published_keys(provider.fetch), algorithms=("RS256", "ES256"))
    return FakeSystem(verifying=tokens, **SETTINGS)


def handshake(attempt: Attempt, *, connection_id: str = "a", connected_at: float = 0.0) -> Handshake:
    """As API Gateway tells it."""
    headers = dict(attempt.headers)
    if attempt.subprotocols:
        headers["Sec-WebSocket-Protocol"] = ", ".join(attempt.subprotocols)
    event: dict[str, Any] = {
        "requestContext": {"connectionId": connection_id, "connectedAt": connected_at * 1000},
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
    }
    if attempt.query:
        event["queryStringParameters"] = dict(attempt.query)
        several: dict[str, list[str]] = {}
        for name, value in attempt.query:
            several.setdefault(name, []).append(value)
        event["multiValueQueryStringParameters"] = several
    return Handshake.from_event(event)


def connect(system: FakeSystem, attempt: Attempt) -> Connection | Refusal:
    return system.app.connect(handshake(attempt, connected_at=system.clock.now()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_is_let_in_with_what(system: FakeSystem, provider: Provider, case: Case) -> None:
    answer = connect(system, case.attempt(provider.issuer, system.clock.now()))
    if case.status_code == 200:
        assert isinstance(answer, Connection)
        assert answer.user_id == "ann"
        assert answer.valid_until is not None
        assert system.tables.connections.keys() == {"a"}
    else:
        assert isinstance(answer, Refusal)
        assert answer.status_code == case.status_code
        assert case.reason in answer.value
        assert system.tables.connections == {}
        assert system.queue.messages == []


def with_token(system: FakeSystem, provider: Provider, **changes: Any) -> Connection | Refusal:
    token = provider.issuer.token(now=system.clock.now(), **changes)
    return connect(system, Attempt([("token", token)]))


def test_a_token_too_long_is_refused_unread(system: FakeSystem, provider: Provider) -> None:
    assert with_token(system, provider, padding="x" * 8192) is Refusal.TOO_LARGE
    assert provider.asked == 0


def test_the_real_subprotocol_is_agreed_to_and_the_token_is_not(
    system: FakeSystem, provider: Provider
) -> None:
    token = provider.issuer.token(now=system.clock.now())
    attempt = Attempt(subprotocols=(f"bearer.{token}", " tidings "))
    assert isinstance(connect(system, attempt), Connection)
    assert handshake(attempt, connected_at=system.clock.now()).subprotocol == "tidings"


def test_keys_are_asked_for_once_and_again_when_they_are_old(system: FakeSystem, provider: Provider) -> None:
    for _ in range(5):
        assert isinstance(with_token(system, provider), Connection)
    assert provider.asked == 1
    system.clock.advance(FRESH_SECONDS + 1)
    assert isinstance(with_token(system, provider), Connection)
    assert provider.asked == 2


def test_a_new_key_is_found_at_its_first_use(system: FakeSystem, provider: Provider) -> None:
    assert isinstance(with_token(system, provider), Connection)
    provider.issuer.keys["rsa-2"] = rsa_key("rsa-2")
    system.clock.advance(ASK_AGAIN_SECONDS)
    assert isinstance(with_token(system, provider, key_id="rsa-2"), Connection)


def test_a_key_that_was_withdrawn_is_good_no_more(system: FakeSystem, provider: Provider) -> None:
    assert isinstance(with_token(system, provider), Connection)
    withdrawn = provider.issuer.keys.pop("rsa-1")
    system.clock.advance(FRESH_SECONDS + 1)
    assert with_token(system, provider, key=withdrawn) is Refusal.UNKNOWN_KEY


def test_made_up_key_ids_do_not_make_us_ask_more_often(system: FakeSystem, provider: Provider) -> None:
    for number in range(100):
        assert with_token(system, provider, key_id=f"k{number}", key=rsa_key("rsa-9")) is Refusal.UNKNOWN_KEY
    assert provider.asked == 1


def test_known_keys_go_on_while_the_provider_is_down_but_not_for_ever(
    system: FakeSystem, provider: Provider
) -> None:
    assert isinstance(with_token(system, provider), Connection)
    provider.down = True
    system.clock.advance(FRESH_SECONDS + 1)
    for _ in range(5):
        assert isinstance(with_token(system, provider), Connection)
    assert provider.asked == 2
    system.clock.advance(STALE_SECONDS)
    assert with_token(system, provider) is Refusal.KEYS_UNAVAILABLE
    provider.down = False
    system.clock.advance(ASK_AGAIN_SECONDS)
    assert isinstance(with_token(system, provider), Connection)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"<html>",
        b"[]",
        b'{"keys": {}}',
        b'{"keys": [1, null, "x"]}',
        b'{"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "rsa-1"}]}',
        b'{"keys": [{"kty": "RSA", "kid": "rsa-1"}]}',
        b'{"keys": [{"kty": "RSA", "kid": "rsa-1", "n": "AQAB", "e": "AQAB", "use": "enc"}]}',
        b"[" * 100_000,
        json.dumps({"keys": [{"kty": "RSA"}] * 101}).encode(),
    ],
    ids=[
        "empty",
        "page",
        "list",
        "no list",
        "no keys",
        "secret",
        "no numbers",
        "for encryption",
        "nested",
        "many",
    ],
)
def test_a_document_that_makes_no_sense_lets_nobody_in(provider: Provider, document: bytes) -> None:
    tokens = JwtTokens(keys=published_keys(lambda: document), algorithms=("RS256",))
    system = FakeSystem(verifying=tokens, **SETTINGS)
    assert with_token(system, provider) in {Refusal.UNKNOWN_KEY, Refusal.KEYS_UNAVAILABLE}


SECRET = "a secret of thirty-two bytes, or more"


def signed_with(secret: str, system: FakeSystem) -> Attempt:
    token = Issuer().token(now=system.clock.now(), key=secret, key_id=None, algorithm="HS256")
    return Attempt([("token", token)])


def test_a_shared_secret_lets_in_and_is_read_again_when_it_was_changed() -> None:
    held = [SECRET]
    tokens = JwtTokens(keys=shared_secret(lambda: held[0]), algorithms=("HS256",))
    system = FakeSystem(verifying=tokens, **SETTINGS)
    assert isinstance(connect(system, signed_with(SECRET, system)), Connection)
    wrong = connect(system, signed_with("x" * 40, system))
    assert wrong is Refusal.SIGNATURE
    held[0] = SECRET[::-1]
    system.clock.advance(ASK_AGAIN_SECONDS)
    assert isinstance(connect(system, signed_with(SECRET[::-1], system)), Connection)
    assert connect(system, signed_with(SECRET, system)) is Refusal.SIGNATURE


def test_a_secret_that_could_be_guessed_lets_nobody_in() -> None:
    tokens = JwtTokens(keys=shared_secret(lambda: "hunter2"), algorithms=("HS256",))
    system = FakeSystem(verifying=tokens, **SETTINGS)
    assert connect(system, signed_with(SECRET, system)) is Refusal.KEYS_UNAVAILABLE


def test_what_is_shown_of_a_handshake_holds_no_token(system: FakeSystem, provider: Provider) -> None:
    token = provider.issuer.token(now=system.clock.now())
    shown = handshake(Attempt([("token", token)], {"Authorization": f"Bearer {token}"}))
    assert token not in repr(shown)
    assert base64.b64encode(token.encode()).decode() not in repr(shown)
