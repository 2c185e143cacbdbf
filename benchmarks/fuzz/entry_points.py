"""What strangers can send, each way in as a function of bytes that checks what must hold for all of them."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from derive.wire import ACTIONS
from shared.aws.keys import shared_secret
from shared.aws.tokens import JwtTokens
from shared.domain.connection import Connection
from shared.domain.deliveries import parse_delivery
from shared.domain.envelope import Envelope
from shared.domain.errors import AccessRefused, ErrorCode, Refusal
from shared.domain.handshake import Handshake
from shared.domain.intake import BusEvent
from shared.domain.limits import API_GATEWAY_FRAME_BYTES
from tests.fakes.catalog import CATALOG, Channel
from tests.fakes.system import JWT, FakeSystem

ANSWERS = {answer for _, answer in ACTIONS.values() if answer}
TYPES = [*CATALOG, "no.such_type"]
_SECRET = "a secret of thirty-two bytes, or more"  # noqa: S105  made up
_TOKENS = JwtTokens(keys=shared_secret(lambda: _SECRET), algorithms=("HS256",))


class Ways:
    """One system, cleared after each input: a million inputs want no million systems."""

    def __init__(self) -> None:
        self.open, self.strict = FakeSystem(), FakeSystem(**JWT)
        self.open.online("a", Channel.JOBS, user_id="ann")

    def message(self, data: bytes) -> None:
        """A client's message: answered with one of our types, or not at all."""
        self.open.clock.advance(30)
        answer = self.open.app.message("a", data.decode("utf-8", "surrogateescape"))
        self.open.queue.messages.clear()
        if answer is not None:
            _check_answer(answer)

    def event(self, data: bytes) -> None:
        """A producer's event: published, or rejected with reasons."""
        type_ = TYPES[data[0] % len(TYPES)] if data else TYPES[0]
        try:
            detail = json.loads(data[1:])
        except (ValueError, RecursionError):
            return  # EventBridge takes only JSON
        event = self._bus_event(type_, detail)
        lease = self.open.lease
        published = self.open.app.revoke(event) if type_ == "user.revoked" else None
        if published is None:
            self.open.app.publish(event, lease=lease)
        outcome = self.open.app.plan(event)
        for rejection in self.open.rejections.kept:
            assert rejection.reasons
            assert all(len(reason) < 10_000 for reason in rejection.reasons)
            json.dumps(rejection.content)
        assert outcome.event_type == type_
        for connection_id in self.open.sender.received:
            for message in self.open.sender.received[connection_id]:
                json.dumps(message, allow_nan=False)
        self._clear()

    def handshake(self, data: bytes) -> None:
        """A handshake, to a system that authenticates and to one that does not: let in, or refused."""
        parts = data.decode("utf-8", "replace").split("\n")
        parts += [""] * (6 - len(parts))
        event = {
            "requestContext": {"connectionId": "b", "connectedAt": 1_763_132_400_000},
            "queryStringParameters": {"token": parts[0], "channels": parts[1], "user_id": parts[2]},
            "multiValueQueryStringParameters": {"ticket": [parts[3]]},
            "headers": {"Origin": parts[4], "Sec-WebSocket-Protocol": parts[5]},
        }
        for system in (self.open, self.strict):
            answer = system.app.connect(Handshake.from_event(event))
            assert isinstance(answer, Connection | Refusal)
            if isinstance(answer, Refusal):
                assert answer.status_code in (400, 401, 403, 429)
            else:
                assert system is self.open, "nobody has a token"
                for delivery, _ in system.queue.messages:
                    parse_delivery(delivery.to_json())
            system.registry.remove("b")
            system.queue.messages.clear()

    def token(self, data: bytes) -> None:
        """Text where a token should be: refused, with one of our reasons."""
        try:
            _TOKENS.claims(data.decode("utf-8", "replace"), now=1_763_132_400.0)
        except AccessRefused:
            return
        raise AssertionError("a signature was made up")

    def _bus_event(self, type_: str, detail: Any) -> BusEvent:
        return BusEvent(
            event_id="e",
            source="fuzz",
            detail_type=type_,
            detail=detail,
            occurred_at=self.open.clock.now(),
        )

    def _clear(self) -> None:
        system = self.open
        system.rejections.kept.clear()
        system.queue.messages.clear()
        system.sender.received.clear()
        for kept in (system.schedule, system.windows, system.history, system.access):
            for value in vars(kept).values():
                if isinstance(value, dict | set):
                    value.clear()
        system.tables.connections.clear()
        system.tables.topics.clear()
        system.online("a", Channel.JOBS, user_id="ann")


def _check_answer(answer: Envelope) -> None:
    text = answer.to_json()
    assert len(text.encode()) < API_GATEWAY_FRAME_BYTES
    data: Mapping[str, Any] = json.loads(text)["data"]
    if answer.type != "system.error":
        assert answer.type in ANSWERS, answer.type
        return
    assert data["code"] in set(ErrorCode)
    assert data["code"] != ErrorCode.INTERNAL_ERROR
    # What is repeated of the input stays on one line, wherever it is written.
    assert data["message"].isprintable()


def ways() -> list[Callable[[bytes], None]]:
    made = Ways()
    return [made.message, made.event, made.handshake, made.token]
