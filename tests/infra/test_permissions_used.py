"""The real functions take every right of infra/permissions.py, and none beside."""

import importlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws

from infra.permissions import PERMISSIONS
from shared import bootstrap
from shared.aws import clients
from shared.domain.deliveries import Expiry
from tests.fakes.clock import FakeClock
from tests.fakes.payloads import PAYLOADS
from tests.fakes.tokens import FakeTokens
from tests.infra.conftest import AUTHENTICATION
from tests.infra.recorded_aws import BUS, TABLES, RecordedAws, RecordedSender, bus_event, sqs_event
from tests.infra.template import Template
from tidings.tickets import TicketOffice

EVENTS = Path(__file__).parent.parent / "events"
# Lambda itself takes these with the function's role: its queue poller and its failure destinations.
TAKEN_BY_LAMBDA = {
    "delivery": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
    "parts": {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"},
    "publisher_failed": {"sqs:SendMessage"},
    "scheduler_failed": {"sqs:SendMessage"},
}


class Functions:
    """The five handlers on one recorded AWS."""

    def __init__(self, aws: RecordedAws, sender: RecordedSender) -> None:
        self.aws, self.sender = aws, sender
        self.clock = FakeClock()
        self.tokens = FakeTokens()
        self.built_at_start: dict[str, set[str]] = {}

    def run(self, name: str, event: dict[str, Any], *, remaining_seconds: int = 60) -> Any:
        context = SimpleNamespace(
            function_name=name,
            function_version="1",
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:eu-west-1:123456789012:function:{name}:live",
            aws_request_id="5b441b59-a550-11ed-8c1a-6f6f4a5a5c5e",
            get_remaining_time_in_millis=lambda: remaining_seconds * 1000,
        )
        self.aws.function = name
        try:
            return importlib.import_module(f"functions.{name}.handler").handler(event, context)
        finally:
            self.aws.function = None

    def connect(self, connection_id: str, user_id: str) -> None:
        event = json.loads((EVENTS / "connect.json").read_text())
        event["requestContext"] |= {
            "connectionId": connection_id,
            # Old enough that a 410 means gone, and not a handshake under way.
            "connectedAt": int((self.clock.now() - 60) * 1000),
        }
        event |= query_of({"token": self.token_of(user_id), "channels": "jobs,applications"})
        assert self.run("connect", event)["statusCode"] == 200
        self.sender.open.add(connection_id)

    def connect_with(self, **query: str) -> int:
        event = json.loads((EVENTS / "connect.json").read_text()) | query_of(query)
        status_code: int = self.run("connect", event)["statusCode"]
        return status_code

    def token_of(self, user_id: str, *, channels: str = "jobs applications skills") -> str:
        now = self.clock.now()
        claims = {"iss": AUTHENTICATION["auth_issuer"], "aud": AUTHENTICATION["auth_audience"]}
        text = f"token of {user_id} for {channels}"
        self.tokens.signed[text] = claims | {
            "sub": user_id,
            "iat": now,
            # Longer than a connection lasts: nothing waits in the queue for its end.
            "exp": now + 3 * 3600,
            "channels": channels,
        }
        return text

    def say(self, connection_id: str, body: str) -> Any:
        event = json.loads((EVENTS / "message.json").read_text())
        event["requestContext"]["connectionId"] = connection_id
        return self.run("default", event | {"body": body})

    def publish(
        self, event_type: str, event_id: str, *, remaining_seconds: int = 60, **detail: object
    ) -> None:
        detail = {"data": PAYLOADS.get(event_type, {}), **detail}
        event = bus_event(event_type, event_id, time=self.at(0), **detail)
        self.run("publisher", event, remaining_seconds=remaining_seconds)

    def plan(self, event_type: str, event_id: str, **detail: object) -> None:
        detail = {"data": PAYLOADS.get(event_type, {}), **detail}
        self.run("scheduler", bus_event(event_type, event_id, time=self.at(0), **detail))

    def work_off_the_queue(self) -> None:
        while bodies := self.aws.take_queued():
            assert self.run("publisher", sqs_event(bodies)) == {"batchItemFailures": []}

    def at(self, seconds: int) -> str:
        return datetime.fromtimestamp(self.clock.now() + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.fixture(scope="module")
def functions(prod: Template) -> Iterator[Functions]:
    variables = prod.properties("AWS::Lambda::Function", name="PublisherFunction")["Environment"]["Variables"]
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name, value in variables.items():
            patch.setenv(name, value if isinstance(value, str) else "https://resolved.test/prod")
        patch.setenv("POWERTOOLS_TRACE_DISABLED", "true")
        aws = RecordedAws(prod)
        for name in TABLES:
            patch.setenv(f"{name.upper()}_TABLE", name)
        patch.setenv("EVENT_BUS", BUS)
        for name, url in aws.queue_urls.items():
            patch.setenv(f"{name.upper()}_QUEUE_URL", url)
        sender = RecordedSender(aws=aws)
        patch.setattr(clients, "session", lambda: aws.session)
        functions = Functions(aws, sender)
        build_ports = partial(
            bootstrap.build_ports, sender=sender, clock=functions.clock, tokens=functions.tokens
        )
        patch.setattr(bootstrap, "build_ports", build_ports)
        for name in PERMISSIONS:  # a cold start, with this environment
            handler = importlib.reload(importlib.import_module(f"functions.{name}.handler"))
            functions.built_at_start[name] = set(vars(handler.ports))
        yield functions


@pytest.fixture(scope="module")
def used(functions: Functions) -> dict[str, dict[str, set[str]]]:
    """What a day with everything in it takes."""
    for connection_id, user_id in {"c1=": "u1", "c2=": "u2", "gone=": "u1", "left=": "u1"}.items():
        functions.connect(connection_id, user_id)
    functions.work_off_the_queue()
    _talk(functions)
    _publish(functions)
    _schedule(functions)
    _leave_unseen(functions)
    functions.run("disconnect", _disconnect("left="))
    _expire(functions)
    _revoke(functions)
    _sweep(functions)
    return functions.aws.used


def _talk(functions: Functions) -> None:
    for body in (
        '{"action": "subscribe", "channel": "skills"}',
        '{"action": "unsubscribe", "channel": "jobs"}',
        '{"action": "history", "stream": "jobs", "before": 9}',
    ):
        functions.say("c2=", body)
    epoch = _take_an_offset(functions, "channel#skills")
    functions.clock.advance(10)
    asked = {"action": "history", "stream": "skills", "epoch": epoch, "after": 0}
    functions.say("c2=", json.dumps(asked))  # fills the hole
    functions.say("never-connected=", '{"action": "list_channels"}')
    renewal = {"action": "authenticate", "token": functions.token_of("u2", channels="applications")}
    functions.say("c2=", json.dumps(renewal))
    for _ in range(40):  # over the limit, until the connection is closed
        functions.say("c2=", '{"action": "ping"}')
    functions.work_off_the_queue()


def _take_an_offset(functions: Functions, stream: str) -> str:
    """As a publisher that died then. Returns the stream's epoch."""
    answer = functions.aws.client("dynamodb").update_item(
        TableName="events",
        Key={"stream": {"S": stream}, "offset": {"N": "0"}},
        UpdateExpression="SET head = head + :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="ALL_NEW",
    )
    return str(answer["Attributes"]["epoch"]["S"])


def _publish(functions: Functions) -> None:
    functions.sender.open.discard("gone=")
    functions.publish("job.created", "to-all")
    functions.publish("job.created", "to-all")
    functions.publish("job.created", "to-one", user_id="u1")
    functions.publish("job.created", "not-valid", data={"job_id": "many"})
    functions.publish("job.created", "no-time", remaining_seconds=1)
    for number in range(3):
        functions.publish("job.analyzing", f"progress-{number}")
    functions.clock.advance(3)  # the window of what is held has ended
    functions.work_off_the_queue()
    for queue in ("delivery", "parts"):
        # Written by a newer version: it comes back, and finds that one.
        answer = functions.run("publisher", sqs_event(['{"kind":"of tomorrow"}'], queue=queue))
        assert answer == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def _schedule(functions: Functions) -> None:
    functions.plan("interview.scheduled", "interview")
    functions.plan("job.created", "soon", deliver_at=functions.at(5), schedule_key="soon")
    functions.plan("job.created", "again", deliver_at=functions.at(10), schedule_key="soon")
    functions.plan("job.created", "later", deliver_at=functions.at(3600), schedule_key="later")
    functions.plan("schedule.cancelled", "cancel", data={}, schedule_key="later")
    functions.plan("job.created", "not-valid-later", deliver_at="some day")
    functions.run("scheduler", json.loads((EVENTS / "tick.json").read_text()))
    functions.clock.advance(180)
    functions.work_off_the_queue()


def _leave_unseen(functions: Functions) -> None:
    for event_id in ("seen", "unseen"):
        functions.publish("interview.reminder", event_id, user_id="u1")
    for body in ('{"action": "seen", "inbox": 1}', '{"action": "inbox"}'):
        functions.say("c1=", body)
    functions.clock.advance(650)
    functions.run("scheduler", json.loads((EVENTS / "tick.json").read_text()))
    functions.work_off_the_queue()


def _sweep(functions: Functions) -> None:
    # Rows old enough for the sweep to ask for their connections, then all expired.
    for seconds in (300, 3 * 60 * 60):
        functions.clock.advance(seconds)
        for _ in range(len(PERMISSIONS) * 20):  # ticks, until each shard of each topic had its turn
            functions.run("scheduler", json.loads((EVENTS / "tick.json").read_text()))


def _revoke(functions: Functions) -> None:
    functions.publish("user.revoked", "revoked", user_id="u2")
    functions.work_off_the_queue()
    assert functions.connect_with(ticket="made up") == 401
    functions.clock.advance(1)
    assert functions.connect_with(token=functions.token_of("u2")) == 200
    _forget(functions)
    functions.work_off_the_queue()
    assert functions.connect_with(token=functions.token_of("u2")) == 401


def _forget(functions: Functions) -> None:
    functions.plan("job.created", "for-u2", user_id="u2", deliver_at=functions.at(7200))
    dynamodb = functions.aws.client("dynamodb")
    TicketOffice(dynamodb, table="access", now=functions.clock.now).issue("u2")
    dynamodb.put_item(TableName="events", Item={"stream": {"S": "user#u2"}, "offset": {"N": "0"}})
    functions.publish("user.forgotten", "forgotten", user_id="u2")


def _expire(functions: Functions) -> None:
    expiry = Expiry(connection_id="c1=", valid_until=functions.clock.now())
    functions.run("publisher", sqs_event([expiry.to_json()]))


def query_of(query: dict[str, str]) -> dict[str, Any]:
    return {
        "queryStringParameters": query,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()},
    }


def _disconnect(connection_id: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / "disconnect.json").read_text())
    event["requestContext"]["connectionId"] = connection_id
    return event


@pytest.mark.parametrize("function", PERMISSIONS)
def test_a_function_uses_its_rights_and_no_others(
    used: dict[str, dict[str, set[str]]], function: str
) -> None:
    granted = next(resources for name, resources in PERMISSIONS.items() if name == function)
    expected = {
        resource: set(actions) - TAKEN_BY_LAMBDA.get(resource, set()) for resource, actions in granted.items()
    }

    assert used[function] == {resource: actions for resource, actions in expected.items() if actions}


@pytest.mark.parametrize("function", PERMISSIONS)
@pytest.mark.usefixtures("used")
def test_a_function_builds_all_its_ports_at_its_start(functions: Functions, function: str) -> None:
    """Nobody waits for it then, and a snapshot has them."""
    handler = importlib.import_module(f"functions.{function}.handler")

    assert set(vars(handler.ports)) == functions.built_at_start[function]
