"""The sender on real sockets: every outcome of the gateway, and what happens below HTTP."""

import socket
from collections import Counter
from pathlib import Path

import pytest
from botocore.credentials import ReadOnlyCredentials

from local.gateway import Fault, FaultRule
from shared.aws.clock import SystemClock
from shared.aws.identity import Identity
from shared.aws.sender import ManagementApiSender
from shared.domain.target import Outcome
from tests.engine.conftest import To
from tests.engine.gateway import LiveGateway
from tests.engine.servers import OK, certificate, read_request, serving

pytestmark = pytest.mark.network

MESSAGE = b'{"type":"job.created","id":"e-1"}'


def outcomes(sender: ManagementApiSender, *ids: str | None, message: bytes = MESSAGE) -> Counter[Outcome]:
    return Counter(posted.outcome for posted in sender.post(message, ids))


def test_one_message_reaches_many_connections_signed(
    gateway: LiveGateway, sender: ManagementApiSender
) -> None:
    ids = gateway.connect(50)
    assert outcomes(sender, *ids) == {Outcome.DELIVERED: 50}
    gateway.settle()
    assert all(gateway.ids_at(connection_id) == ["e-1"] for connection_id in ids)


def test_a_wrong_signature_is_refused(gateway: LiveGateway, to: To, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    assert outcomes(to(gateway.endpoint), *gateway.connect(2)) == {Outcome.REFUSED: 2}


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (FaultRule(fault=Fault.POST_GONE), Outcome.GONE),
        (FaultRule(fault=Fault.POST_LIMIT), Outcome.THROTTLED),
        (FaultRule(fault=Fault.POST_ERROR), Outcome.FAILED),
        (FaultRule(fault=Fault.POST_HANG, seconds=30), Outcome.FAILED),
    ],
    ids=lambda value: value.fault if isinstance(value, FaultRule) else "",
)
def test_what_the_gateway_answers(
    gateway: LiveGateway, sender: ManagementApiSender, fault: FaultRule, expected: Outcome
) -> None:
    ids = gateway.connect(3)
    gateway.fail(fault)
    assert outcomes(sender, *ids) == {expected: 3}
    gateway.fail()
    assert outcomes(sender, *ids) == {Outcome.DELIVERED: 3}


def test_too_large_gone_and_malformed(gateway: LiveGateway, sender: ManagementApiSender) -> None:
    here, left = gateway.connect(2)
    gateway.disconnect([left])
    assert outcomes(sender, left) == {Outcome.GONE: 1}
    assert outcomes(sender, "not an id") == {Outcome.FAILED: 1}
    assert outcomes(sender, here, message=b"x" * 131_073) == {Outcome.TOO_LARGE: 1}


def test_a_large_message_arrives_whole(gateway: LiveGateway, sender: ManagementApiSender) -> None:
    (connection_id,) = gateway.connect(1)
    text = '{"id":"' + "x" * 120_000 + '"}'
    assert outcomes(sender, connection_id, message=text.encode()) == {Outcome.DELIVERED: 1}
    gateway.settle()
    assert gateway.ids_at(connection_id) == ["x" * 120_000]


def test_closing_ends_the_connection_and_a_second_time_is_no_error(
    gateway: LiveGateway, sender: ManagementApiSender
) -> None:
    (connection_id,) = gateway.connect(1)
    assert sender.close([connection_id]) == []
    assert sender.close([connection_id]) == []
    assert outcomes(sender, connection_id) == {Outcome.GONE: 1}


def test_connections_that_cannot_be_closed_are_named(to: To) -> None:
    assert to("http://localhost:1/test").close(["aAAAAAAAAAAAAAA="]) == ["aAAAAAAAAAAAAAA="]


def test_targets_are_asked_for_only_as_there_is_room(
    gateway: LiveGateway, sender: ManagementApiSender
) -> None:
    sender.posts_in_flight = 4
    ids = gateway.connect(20)
    taken = 0

    def source() -> "list[str]":
        nonlocal taken
        taken += 1
        return ids[taken - 1 : taken]

    answered = 0
    for posted in sender.post(MESSAGE, (one for _ in ids for one in source())):
        answered += posted.outcome is Outcome.DELIVERED
        assert taken - answered <= 4
    assert answered == 20


def test_none_means_not_now(gateway: LiveGateway, sender: ManagementApiSender) -> None:
    first, second = gateway.connect(2)
    assert outcomes(sender, None, first, None, None, second, None) == {Outcome.DELIVERED: 2}


def test_giving_up_half_way_leaves_the_sender_usable(
    gateway: LiveGateway, sender: ManagementApiSender
) -> None:
    ids = gateway.connect(30)
    posts = sender.post(MESSAGE, ids)
    next(posts)
    posts.close()  # type: ignore[attr-defined]  # a generator, behind the port's Iterator
    assert outcomes(sender, *ids) == {Outcome.DELIVERED: 30}


def test_nobody_there(to: To) -> None:
    assert outcomes(to("http://localhost:1/test"), "a", "b") == {Outcome.FAILED: 2}
    assert outcomes(to("http://no-such-host.invalid/test"), "a") == {Outcome.FAILED: 1}


def test_connections_are_kept_and_one_the_server_closed_meanwhile_is_replaced(to: To) -> None:
    seen: list[int] = []

    def close_after_two(connection: socket.socket, number: int) -> None:
        for _ in range(2):
            if read_request(connection):
                seen.append(number)
                connection.sendall(OK)

    with serving(close_after_two) as endpoint:
        sender = to(endpoint)
        for _ in range(5):
            assert outcomes(sender, "a") == {Outcome.DELIVERED: 1}
        sender.disconnect()
    assert seen == [0, 0, 1, 1, 2]


def test_a_kept_connection_cut_while_asking_is_asked_again_elsewhere(to: To) -> None:
    """The server closes just as the request comes in: nothing of an answer was heard."""

    def cut_the_second(connection: socket.socket, number: int) -> None:
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        if number:
            connection.sendall(OK)

    with serving(cut_the_second) as endpoint:
        sender = to(endpoint)
        assert [outcomes(sender, "a")[Outcome.DELIVERED] for _ in range(3)] == [1, 1, 1]


@pytest.mark.parametrize(
    "answer",
    [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"SSH-2.0-server\r\n", b"HTTP/1.1 503 Busy\r\n\r\n"],
    ids=["closed", "cut in the head", "not HTTP", "503, ended by closing"],
)
def test_an_answer_that_is_none_is_a_failure(to: To, answer: bytes) -> None:
    def behave(connection: socket.socket, _number: int) -> None:
        read_request(connection)
        connection.sendall(answer)

    with serving(behave) as endpoint:
        assert outcomes(to(endpoint), "a") == {Outcome.FAILED: 1}


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
    ids=["chunked", "not kept alive", "after an interim answer"],
)
def test_answers_of_other_shapes_are_understood(to: To, answer: bytes) -> None:
    def behave(connection: socket.socket, _number: int) -> None:
        while read_request(connection):
            connection.sendall(answer)

    with serving(behave) as endpoint:
        sender = to(endpoint)
        for _ in range(2):
            assert outcomes(sender, "a") == {Outcome.DELIVERED: 1}
            sender.disconnect()


def test_tls_is_verified(to: To, tmp_path: Path) -> None:
    context, authority = certificate(tmp_path)
    _, stranger = certificate(tmp_path, "stranger")

    def behave(connection: socket.socket, _number: int) -> None:
        while read_request(connection):
            connection.sendall(OK)

    with serving(behave, tls=context) as endpoint:
        for trusted, expected in ((authority, Outcome.DELIVERED), (stranger, Outcome.FAILED)):
            sender = to(endpoint, ca_bundle=trusted)
            assert outcomes(sender, "a", message=b"x" * 100_000) == {expected: 1}
            sender.disconnect()
        by_address = to(endpoint.replace("localhost", "127.0.0.1"), ca_bundle=authority)
        assert outcomes(by_address, "a") == {Outcome.FAILED: 1}


def test_credentials_that_rotate_are_taken_up_in_the_middle(gateway: LiveGateway, to: To) -> None:
    """A series of posts that outlives a signature goes on with the credentials of the moment."""
    ids = gateway.connect(8)
    clock = SteppingClock()

    class Rotating(Identity):
        asked = 0

        def credentials(self) -> ReadOnlyCredentials:
            self.asked += 1
            return ReadOnlyCredentials("testing", "testing" if self.asked > 1 else "old", None)

    identity = Rotating()
    sender = to(gateway.endpoint, identity=identity, clock=clock, posts_in_flight=1)
    found = []
    for posted in sender.post(MESSAGE, ids):
        found.append(posted.outcome)
        clock.ahead = 40.0 if len(found) >= 4 else 0.0
    assert set(found[:4]) == {Outcome.REFUSED}
    assert set(found[-3:]) == {Outcome.DELIVERED}


class SteppingClock(SystemClock):
    ahead = 0.0

    def now(self) -> float:
        return super().now() + self.ahead
