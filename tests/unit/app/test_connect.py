"""$connect: who is registered as what."""

from typing import Any

import pytest

from shared.domain.connection import Connection
from shared.domain.deliveries import Close, Expiry, Welcome
from shared.domain.errors import ErrorCode, Refusal
from shared.domain.handshake import Handshake
from tests.fakes.catalog import Channel
from tests.fakes.system import JWT, FakeSystem


def connect(
    system: FakeSystem,
    query: dict[str, str] | None = None,
    *,
    connection_id: str = "a",
    address: str = "192.0.2.9",
    **headers: str,
) -> Connection | Refusal:
    return system.app.connect(
        Handshake(
            connection_id=connection_id,
            connected_at=system.clock.now(),
            query={name: (value,) for name, value in (query or {}).items()},
            headers={name.replace("_", "-"): (value,) for name, value in headers.items()},
            address=address,
        )
    )


def token_for(system: FakeSystem, user_id: str, **claims: Any) -> str:
    text = f"token of {user_id} {claims}"
    now = system.clock.now()
    said = {
        "iss": JWT["auth_issuer"],
        "aud": JWT["auth_audience"],
        "sub": user_id,
        "iat": now,
        "exp": now + 9000,
    }
    system.tokens.signed[text] = said | claims
    return text


@pytest.mark.parametrize(
    ("query", "user_id", "channels", "unknown"),
    [
        ({}, None, (), ()),
        ({"user_id": ""}, None, (), ()),
        ({"user_id": "ann"}, "ann", (), ()),
        ({"user_id": "ann", "channels": ""}, "ann", (), ()),
        ({"channels": "jobs"}, None, ("jobs",), ()),
        ({"channels": " skills , jobs,,jobs "}, None, ("skills", "jobs"), ()),
        ({"channels": "jobs,jbos,*,@user:bob,jbos"}, None, ("jobs",), ("jbos", "*", "@user:bob")),
        ({"channels": ",".join(f"x{n}" for n in range(500))}, None, (), tuple(f"x{n}" for n in range(20))),
        ({"channels": ",".join(Channel)}, None, tuple(Channel), ()),
        ({"user_id": "x" * 256}, "x" * 256, (), ()),
        ({"user_id": "ünïcode/../#0 @user:bob"}, "ünïcode/../#0 @user:bob", (), ()),
        ({"token": "ignored", "ticket": "ignored"}, None, (), ()),
    ],
    ids=[
        "nothing",
        "empty user",
        "user",
        "empty channels",
        "channel",
        "spaces and repeats",
        "unknown channels",
        "very many unknown",
        "all",
        "longest user",
        "any characters",
        "credentials",
    ],
)
def test_without_authentication_the_url_is_believed(
    system: FakeSystem,
    query: dict[str, str],
    user_id: str | None,
    channels: tuple[str, ...],
    unknown: tuple[str, ...],
) -> None:
    answer = connect(system, query)
    assert isinstance(answer, Connection)
    assert (answer.user_id, answer.channels) == (user_id, frozenset(channels))
    [welcome] = system.queue.take_all()
    assert isinstance(welcome, Welcome)
    assert (welcome.channels, welcome.unknown_channels) == (channels, unknown)
    topics = {"*", *channels} | ({f"@user:{user_id}"} if user_id else set())
    assert system.tables.topics_of("a") == topics


@pytest.mark.parametrize("user_id", ["x" * 257, "half \ud800"], ids=["too long", "no character"])
def test_a_user_id_that_cannot_be_kept_is_refused(system: FakeSystem, user_id: str) -> None:
    assert connect(system, {"user_id": user_id}) is Refusal.USER_ID
    assert system.tables.connections == {}


@pytest.mark.parametrize(
    ("asked", "agreed"),
    [
        ("tidings", "tidings"),
        ("bearer.abc, tidings", "tidings"),
        ("tidings,other", "tidings"),
        ("bearer.abc", None),
        ("bad name\r\nX-Evil: 1", None),
        ("", None),
    ],
)
def test_the_first_real_subprotocol_is_agreed_to(asked: str, agreed: str | None) -> None:
    headers = {"sec-websocket-protocol": (asked,)}
    assert Handshake(connection_id="a", connected_at=0.0, headers=headers).subprotocol == agreed


def test_an_origin_that_is_not_allowed_is_refused_whoever_it_is() -> None:
    system = FakeSystem(allowed_origins="https://app.example.com")
    assert connect(system, {"user_id": "ann"}, origin="https://evil.test") is Refusal.ORIGIN
    assert isinstance(connect(system, {"user_id": "ann"}, origin="https://app.example.com"), Connection)


def test_a_token_says_who_what_and_until_when() -> None:
    system = FakeSystem(**JWT)
    end = system.clock.now() + 600
    token = token_for(system, "ann", exp=end, channels=["jobs", "skills", "no channel"])
    answer = connect(system, {"token": token, "channels": "jobs,system,jbos"})
    assert isinstance(answer, Connection)
    assert answer.channels == frozenset({Channel.JOBS})
    assert answer.grants == frozenset({Channel.JOBS, Channel.SKILLS})
    assert answer.valid_until == end
    (welcome, _), (expiry, delay_seconds) = system.queue.messages
    assert isinstance(welcome, Welcome)
    assert (welcome.unknown_channels, welcome.forbidden_channels) == (("jbos",), ("system",))
    assert expiry == Expiry(connection_id="a", valid_until=end)
    assert delay_seconds == 540


@pytest.mark.parametrize(
    ("claim", "channels"),
    [
        ([], frozenset()),
        ("", frozenset()),
        ("openid jobs,skills", frozenset({Channel.JOBS, Channel.SKILLS})),
        (None, frozenset(Channel)),
    ],
    ids=["none", "no words", "words", "no claim"],
)
def test_the_channels_claim_bounds_what_is_heard(claim: Any, channels: frozenset[Channel]) -> None:
    system = FakeSystem(**JWT)
    changes = {} if claim is None else {"channels": claim}
    answer = connect(system, {"token": token_for(system, "ann", **changes), "channels": ",".join(Channel)})
    assert isinstance(answer, Connection)
    assert answer.channels == channels


def test_a_token_longer_than_the_connection_needs_no_end() -> None:
    system = FakeSystem(**JWT)
    connect(system, {"token": token_for(system, "ann")})
    assert [delivery.kind for delivery in system.queue.take_all()] == ["welcome"]


def connect_devices(system: FakeSystem, count: int, user_id: str = "ann") -> list[Connection | Refusal]:
    answers = []
    for number in range(count):
        token = token_for(system, user_id)
        answers.append(connect(system, {"token": token}, connection_id=f"{user_id}-{number}"))
        system.greetings.done(f"{user_id}-{number}")
        system.clock.advance(1)
    return answers


def test_the_newest_connection_wins_and_the_oldest_is_told() -> None:
    system = FakeSystem(**JWT, connections_per_user=3)
    connect_devices(system, 1, "bob")
    assert all(isinstance(answer, Connection) for answer in connect_devices(system, 4))
    closes = [delivery for delivery in system.queue.take_all() if isinstance(delivery, Close)]
    # Once more, when a handshake that went on must be over.
    told = Close(connection_id="ann-0", because=ErrorCode.TOO_MANY_CONNECTIONS)
    assert closes == [told, Close(connection_id="ann-0")]


def test_the_newest_connection_is_refused_where_that_is_the_setting() -> None:
    system = FakeSystem(**JWT, connections_per_user=3, when_user_is_full="newest_is_refused")
    answers = connect_devices(system, 4)
    assert answers[-1] is Refusal.TOO_MANY_CONNECTIONS
    assert set(system.tables.connections) == {"ann-0", "ann-1", "ann-2"}
    system.registry.remove("ann-0")
    assert isinstance(connect(system, {"token": token_for(system, "ann")}, connection_id="next"), Connection)


def test_where_nobody_is_verified_nobody_can_push_others_out() -> None:
    system = FakeSystem(connections_per_user=1)
    for name in ("a", "b", "c"):
        connect(system, {"user_id": "ann"}, connection_id=name)
    assert set(system.tables.connections) == {"a", "b", "c"}
    assert {delivery.kind for delivery in system.queue.take_all()} == {"welcome"}


@pytest.mark.parametrize(
    ("addresses", "refused"),
    [
        (["192.0.2.1"] * 4, {3}),
        (["192.0.2.1", "192.0.2.2"] * 2, set()),
        # A customer has 64 bits of IPv6 addresses.
        (["2001:db8:0:1::a", "2001:db8:0:1:9::", "2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::1"], {3}),
        (["2001:db8:0:1::a", "2001:db8:0:2::a", "2001:db8::1", "::1"], set()),
    ],
    ids=["one address", "two addresses", "one network", "several networks"],
)
def test_where_nobody_is_verified_an_address_may_have_so_many(
    addresses: list[str], refused: set[int]
) -> None:
    system = FakeSystem(connections_per_address=3)
    answers = []
    for number, address in enumerate(addresses):
        answers.append(connect(system, {"user_id": "ann"}, connection_id=f"c{number}", address=address))
        system.clock.advance(1)
    assert {number for number, answer in enumerate(answers) if isinstance(answer, Refusal)} == refused
    assert set(system.tables.connections) == {f"c{one}" for one in range(len(addresses))} - {
        f"c{one}" for one in refused
    }
    if refused:
        system.registry.remove("c0")
        again = connect(system, {}, connection_id="next", address=addresses[-1])
        assert isinstance(again, Connection)


def test_who_is_verified_is_not_counted_by_address() -> None:
    system = FakeSystem(**JWT, connections_per_address=1)
    for user in ("ann", "bob"):
        token = {"token": token_for(system, user)}
        assert isinstance(connect(system, token, connection_id=user, address="192.0.2.1"), Connection)


def test_a_ticket_lets_its_holder_in_once() -> None:
    system = FakeSystem(**JWT)
    ticket = system.access.issue("ann", now=system.clock.now(), channels=["jobs"])
    answer = connect(system, {"ticket": ticket, "channels": "jobs,skills"})
    assert isinstance(answer, Connection)
    assert (answer.user_id, answer.channels) == ("ann", frozenset({Channel.JOBS}))
    assert connect(system, {"ticket": ticket}, connection_id="b") is Refusal.TICKET


@pytest.mark.parametrize("origin", ["https://evil.test", None])
def test_a_ticket_shown_from_elsewhere_is_refused_and_used_up(origin: str | None) -> None:
    system = FakeSystem(**JWT)
    ticket = system.access.issue("ann", now=system.clock.now(), origin="https://app.example.com")
    headers = {} if origin is None else {"origin": origin}
    assert connect(system, {"ticket": ticket}, **headers) is Refusal.TICKET_ORIGIN
    again = connect(system, {"ticket": ticket}, origin="https://app.example.com")
    assert again is Refusal.TICKET


@pytest.mark.parametrize("issued_after_seconds", [-10, 0])
def test_what_was_issued_before_a_revocation_is_refused_and_leaves_no_row(issued_after_seconds: int) -> None:
    system = FakeSystem(**JWT)
    token = token_for(system, "ann", iat=system.clock.now() + issued_after_seconds)
    ticket = system.access.issue("ann", now=system.clock.now() + issued_after_seconds)
    system.access.revoke("ann", at=system.clock.now())
    for query in ({"token": token}, {"ticket": ticket}):
        assert connect(system, query) is Refusal.REVOKED
    assert system.tables.connections == {}
    assert system.tables.topics == {}
    assert system.queue.messages == []
    system.clock.advance(1)
    assert isinstance(connect(system, {"token": token_for(system, "ann")}), Connection)
