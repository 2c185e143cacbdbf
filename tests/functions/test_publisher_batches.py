"""The publisher's batches: what is urgent first, what is refused is known."""

import io
import json
from typing import Any

import pytest

from shared.domain.deliveries import Close, Delivery, FanOutPart, Welcome, is_urgent
from shared.domain.target import Outcome
from tests.fakes.catalog import Channel
from tests.fakes.system import FakeSystem
from tests.functions.conftest import Invoke


def records(*deliveries: Delivery) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": str(number),
                "body": delivery.to_json(),
                "eventSource": "aws:sqs",
                "receiptHandle": "",
                "attributes": {},
            }
            for number, delivery in enumerate(deliveries)
        ]
    }


def part(system: FakeSystem) -> FanOutPart:
    return FanOutPart(
        event_id="e-1",
        message='{"type":"job.created"}',
        channel=Channel.JOBS,
        published_at=system.clock.now(),
    )


def test_a_welcome_does_not_wait_for_the_large_event_before_it(system: FakeSystem, invoke: Invoke) -> None:
    system.online("a", Channel.JOBS)
    welcome = Welcome(connection_id="a", channels=(Channel.JOBS,))
    assert invoke("publisher", records(part(system), welcome)) == {"batchItemFailures": []}
    assert system.sender.types_at("a") == ["system.connected", "job.created"]


def test_urgent_is_what_somebody_waits_for(system: FakeSystem) -> None:
    urgent = [Welcome(connection_id="a"), Close(connection_id="a")]
    assert all(is_urgent(one.to_json()) for one in urgent)
    assert not is_urgent(part(system).to_json())


def test_refused_posts_come_back_and_raise_the_alarm(
    system: FakeSystem, invoke: Invoke, capsys: pytest.CaptureFixture[str]
) -> None:
    system.online("a", Channel.JOBS)
    system.sender.planned["a"] = [Outcome.REFUSED]
    answer = invoke("publisher", records(part(system)))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "PostsRefused" in line]
    assert [one["PostsRefused"] for one in metrics] == [[1.0]]


def test_the_receipt_is_logged_and_counted(
    system: FakeSystem, invoke: Invoke, logged: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a", "b"):
        system.online(name, Channel.JOBS)
    system.sender.open.discard("b")
    invoke("publisher", records(part(system)))
    (line,) = (json.loads(text) for text in logged.getvalue().splitlines() if '"receipt"' in text)
    assert line["added"] | {"delivered": 1, "gone": 1, "matched": 2} == line["added"]
    assert '"Delivered":[1.0]' in capsys.readouterr().out
