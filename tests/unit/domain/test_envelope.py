"""The envelope on the wire."""

import json

import pytest

from shared.domain import envelope
from shared.domain.envelope import Envelope, encode
from shared.domain.errors import ClientError, ErrorCode
from shared.domain.moments import parse_time, wire_time
from tests.fakes.catalog import Channel

NOW = 1_763_132_400.9


def test_a_channel_event_carries_id_and_channel_and_a_reply_does_not() -> None:
    message = Envelope(
        type="job.created", data={"job_id": 1}, timestamp="2025-11-14T15:00:00Z", id="e", channel=Channel.JOBS
    )
    assert json.loads(message.to_json()) == {
        "type": "job.created",
        "data": {"job_id": 1},
        "timestamp": "2025-11-14T15:00:00Z",
        "id": "e",
        "channel": "jobs",
    }
    assert json.loads(envelope.reply("system.pong", {}, now=NOW).to_json()) == {
        "type": "system.pong",
        "data": {},
        "timestamp": "2025-11-14T15:00:00Z",
    }


@pytest.mark.parametrize(
    ("problem", "data"),
    [
        (ClientError(ErrorCode.INVALID_JSON, "m"), {"code": "invalid_json", "message": "m"}),
        (
            ClientError(ErrorCode.RATE_LIMITED, "m", request_id="r", retry_after_seconds=3),
            {"code": "rate_limited", "message": "m", "request_id": "r", "retry_after_seconds": 3},
        ),
    ],
    ids=["plain", "with all fields"],
)
def test_errors_say_their_code_and_what_else_is_known(problem: ClientError, data: dict[str, object]) -> None:
    message = envelope.error(problem, now=NOW)
    assert message.type == "system.error"
    assert message.data == data


@pytest.mark.parametrize("text", ["grün ✓", "\ud800", "a\u0000b", "</script>"])
def test_any_text_survives_and_is_valid_utf8(text: str) -> None:
    encoded = encode({"text": text})
    assert json.loads(encoded.encode()) == {"text": text}


@pytest.mark.parametrize(
    ("text", "same_as"),
    [
        ("2025-11-14T15:00:00Z", "2025-11-14T15:00:00Z"),
        ("2025-11-14T16:00:00+01:00", "2025-11-14T15:00:00Z"),
        ("2025-11-14T10:00:00.750-05:00", "2025-11-14T15:00:00Z"),
    ],
)
def test_times_are_read_with_their_offset_and_written_in_utc(text: str, same_as: str) -> None:
    assert wire_time(parse_time(text)) == same_as


@pytest.mark.parametrize("text", ["", "soon", "2025-11-14T15:00:00", "2025-02-30T00:00:00Z", "1763132400"])
def test_times_that_mean_nothing_or_many_things_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)
