"""What clients may say, and the words that answer everything else."""

import json
from typing import Any

import pytest

from shared.domain.errors import ClientError, ErrorCode
from shared.domain.limits import CLIENT_MESSAGE_BYTES
from shared.domain.messages import ClientMessage, parse_message
from tests.fakes.catalog import CATALOGUE, Channel


def refused(body: str) -> ClientError:
    with pytest.raises(ClientError) as caught:
        parse_message(body, CATALOGUE)
    return caught.value


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ({"action": "subscribe", "channel": "jobs"}, ClientMessage(action="subscribe", channel=Channel.JOBS)),
        (
            {"action": "unsubscribe", "channel": "skills"},
            ClientMessage(action="unsubscribe", channel=Channel.SKILLS),
        ),
        ({"action": "list_channels"}, ClientMessage(action="list_channels")),
        ({"action": "ping", "request_id": "r-1"}, ClientMessage(action="ping", request_id="r-1")),
        ({"action": "pong"}, ClientMessage(action="pong")),
        ({"action": "pong", "timestamp": "2025-11-14T15:00:00Z", "n": 1}, ClientMessage(action="pong")),
        ({"action": "ping", "request_id": None}, ClientMessage(action="ping")),
        ({"action": "ping", "request_id": "x" * 64}, ClientMessage(action="ping", request_id="x" * 64)),
        ({"action": "ping", "request_id": ""}, ClientMessage(action="ping", request_id="")),
        ({"action": "inbox"}, ClientMessage(action="inbox", limit=20, before=2**53 - 1)),
        ({"action": "inbox", "limit": 5, "before": 9}, ClientMessage(action="inbox", limit=5, before=9)),
        ({"action": "seen", "inbox": 9}, ClientMessage(action="seen", inbox=9)),
        ({"action": "seen", "inbox": 0}, ClientMessage(action="seen")),
    ],
    ids=[
        "subscribe",
        "unsubscribe",
        "list",
        "ping",
        "pong",
        "unknown fields are passed over",
        "no request id",
        "longest request id",
        "empty request id",
        "inbox",
        "a page of the inbox",
        "seen",
        "nothing seen",
    ],
)
def test_what_a_client_may_say(said: dict[str, Any], meant: ClientMessage) -> None:
    assert parse_message(json.dumps(said), CATALOGUE) == meant


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ("", ErrorCode.INVALID_JSON, "not valid JSON"),
        ("hello", ErrorCode.INVALID_JSON, "not valid JSON"),
        ('{"action": "ping"', ErrorCode.INVALID_JSON, "not valid JSON"),
        ("{'action': 'ping'}", ErrorCode.INVALID_JSON, "not valid JSON"),
        ('{"action": "ping"} {}', ErrorCode.INVALID_JSON, "not valid JSON"),
        ('{"action": "ping", "n": NaN}', ErrorCode.INVALID_JSON, "not valid JSON"),
        ('{"action": "ping", "n": -Infinity}', ErrorCode.INVALID_JSON, "not valid JSON"),
        ('{"action": "ping", "n": ' + "9" * 5000 + "}", ErrorCode.INVALID_JSON, "not valid JSON"),
        ("\ufeff" + '{"action": "ping"}', ErrorCode.INVALID_JSON, "not valid JSON"),
        ("[]", ErrorCode.INVALID_MESSAGE, "JSON object"),
        ("null", ErrorCode.INVALID_MESSAGE, "JSON object"),
        ('"ping"', ErrorCode.INVALID_MESSAGE, "JSON object"),
        ("42", ErrorCode.INVALID_MESSAGE, "JSON object"),
        (
            '{"action": "inbox", "limit": 0}',
            ErrorCode.INVALID_MESSAGE,
            "'limit' must be a whole number from 1 to 100",
        ),
        ('{"action": "inbox", "limit": 101}', ErrorCode.INVALID_MESSAGE, "'limit' must be"),
        ('{"action": "inbox", "limit": true}', ErrorCode.INVALID_MESSAGE, "'limit' must be"),
        ('{"action": "inbox", "before": 0}', ErrorCode.INVALID_MESSAGE, "'before' must be"),
        ('{"action": "inbox", "before": "9"}', ErrorCode.INVALID_MESSAGE, "'before' must be"),
        ('{"action": "seen"}', ErrorCode.INVALID_MESSAGE, "'inbox' must be a whole number from 0"),
        ('{"action": "seen", "inbox": -1}', ErrorCode.INVALID_MESSAGE, "'inbox' must be"),
        ('{"action": "seen", "inbox": 1.5}', ErrorCode.INVALID_MESSAGE, "'inbox' must be"),
        ('{"action": "seen", "inbox": null}', ErrorCode.INVALID_MESSAGE, "'inbox' must be"),
        ('{"action": "seen", "inbox": 9007199254740992}', ErrorCode.INVALID_MESSAGE, "'inbox' must be"),
        ("{}", ErrorCode.INVALID_MESSAGE, "subscribe, unsubscribe, list_channels, ping, pong"),
        ('{"action": 1}', ErrorCode.INVALID_MESSAGE, "'action' must be one of"),
        ('{"action": ["subscribe"]}', ErrorCode.INVALID_MESSAGE, "'action' must be one of"),
        ('{"action": {"subscribe": 1}}', ErrorCode.INVALID_MESSAGE, "'action' must be one of"),
        ('{"action": null}', ErrorCode.INVALID_MESSAGE, "'action' must be one of"),
        ('{"action": "dance"}', ErrorCode.UNKNOWN_ACTION, "'dance'"),
        ('{"action": "SUBSCRIBE", "channel": "jobs"}', ErrorCode.UNKNOWN_ACTION, "'SUBSCRIBE'"),
        ('{"action": ""}', ErrorCode.UNKNOWN_ACTION, "''"),
        ('{"action": "subscribe"}', ErrorCode.INVALID_MESSAGE, "'channel' must be one of: jobs"),
        ('{"action": "subscribe", "channel": 7}', ErrorCode.INVALID_MESSAGE, "'channel' must be one of"),
        ('{"action": "subscribe", "channel": null}', ErrorCode.INVALID_MESSAGE, "'channel' must be one of"),
        ('{"action": "subscribe", "channel": ["jobs"]}', ErrorCode.INVALID_MESSAGE, "'channel' must be"),
        ('{"action": "subscribe", "channel": "jbos"}', ErrorCode.UNKNOWN_CHANNEL, "'jbos'"),
        (
            '{"action": "unsubscribe", "channel": "JOBS"}',
            ErrorCode.UNKNOWN_CHANNEL,
            "Known channels: jobs",
        ),
        ('{"action": "subscribe", "channel": "@user:ann"}', ErrorCode.UNKNOWN_CHANNEL, "'@user:ann'"),
        ('{"action": "subscribe", "channel": "*"}', ErrorCode.UNKNOWN_CHANNEL, "'*'"),
        ('{"action": "subscribe", "channel": ""}', ErrorCode.UNKNOWN_CHANNEL, "''"),
        ('{"action": "ping", "request_id": 7}', ErrorCode.INVALID_MESSAGE, "up to 64 characters"),
        (f'{{"action": "ping", "request_id": "{"x" * 65}"}}', ErrorCode.INVALID_MESSAGE, "up to 64"),
        (
            '{"action": "subscribe", "channel": 7, "request_id": []}',
            ErrorCode.INVALID_MESSAGE,
            "'channel' must be one of: .*; 'request_id' must be a string",
        ),
        (" " * (CLIENT_MESSAGE_BYTES + 1), ErrorCode.MESSAGE_TOO_LARGE, "16 KB"),
        ('"' + "ü" * (CLIENT_MESSAGE_BYTES // 2) + '"', ErrorCode.MESSAGE_TOO_LARGE, "16 KB"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else str(value),
)
def test_anything_else_is_refused_with_a_code_and_the_words_that_help(
    body: str, code: ErrorCode, words: str
) -> None:
    problem = refused(body)
    assert problem.code is code
    with pytest.raises(ClientError, match=words):
        parse_message(body, CATALOGUE)


@pytest.mark.parametrize(
    ("said", "echoed"),
    [
        ({"action": "dance", "request_id": "r-1"}, "r-1"),
        ({"action": 7, "request_id": "r-2"}, "r-2"),
        ({"action": "subscribe", "channel": "jbos", "request_id": "r-3"}, "r-3"),
        ({"action": "subscribe", "request_id": "r-4"}, "r-4"),
        ({"action": "dance", "request_id": 7}, None),
        ({"action": "dance", "request_id": "x" * 65}, None),
        ({"action": "dance"}, None),
    ],
    ids=["action", "no action", "channel", "no channel", "not a string", "too long", "none"],
)
def test_a_refusal_echoes_the_request_id_that_could_be_read(said: dict[str, Any], echoed: str | None) -> None:
    assert refused(json.dumps(said)).request_id == echoed


def test_what_a_client_sent_is_repeated_short_and_on_one_line() -> None:
    problem = refused(json.dumps({"action": "evil\r\n\x1b[2J" + "x" * 1000}))
    assert "\n" not in problem.message
    assert "\r" not in problem.message
    assert "\x1b" not in problem.message
    assert len(problem.message) < 200
