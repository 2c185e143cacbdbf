"""The local AWS as a process: moto, the corrections to it, its clock."""

import asyncio
import gc
import http.client
import json
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local.cloud.aws_process import AwsProcess
from local.cloud.moto_server import freeze_what_stays
from local.cloud.resources import Clients
from local.cloud.sqs import Sqs

pytestmark = pytest.mark.network

EVERYTHING = json.dumps({"source": [{"prefix": ""}]})


def bus_to_queue(made_with: Clients, *, state: Any = "ENABLED") -> str:
    url = made_with.sqs.create_queue(QueueName="heard")["QueueUrl"]
    made_with.events.create_event_bus(Name="shop")
    made_with.events.put_rule(Name="all", EventBusName="shop", EventPattern=EVERYTHING, State=state)
    target: Any = {"Id": "heard", "Arn": "arn:aws:sqs:us-east-1:123456789012:heard"}
    made_with.events.put_targets(Rule="all", EventBusName="shop", Targets=[target])
    return url


def put(made_with: Clients, **entry: Any) -> Any:
    defaults: Any = {"EventBusName": "shop", "Source": "me", "DetailType": "d", "Detail": "{}"}
    return made_with.events.put_events(Entries=[defaults | entry])["Entries"][0]


async def test_an_event_carries_what_real_ones_carry_and_its_payload_untouched(
    made_with: Clients, sqs: Sqs
) -> None:
    url = bus_to_queue(made_with)
    detail = {"text": "<id> of <source> is not a placeholder", "number": 1.5}
    answer = put(made_with, Source='s "quoted"', Detail=json.dumps(detail), Resources=["arn:aws:s3:::b"])
    [message] = await sqs.receive(url)
    event = json.loads(message["Body"])
    time = event.pop("time")
    assert len(time) == len("2026-01-01T00:00:00Z")
    assert event == {
        "version": "0",
        "id": answer["EventId"],
        "detail-type": "d",
        "source": 's "quoted"',
        "account": "123456789012",
        "region": "us-east-1",
        "resources": ["arn:aws:s3:::b"],
        "detail": detail,
    }


async def test_an_archive_takes_nothing_from_its_bus(made_with: Clients, sqs: Sqs) -> None:
    url = bus_to_queue(made_with)
    bus = "arn:aws:events:us-east-1:123456789012:event-bus/shop"
    made_with.events.create_archive(ArchiveName="kept", EventSourceArn=bus)
    assert "EventId" in put(made_with)
    assert len(await sqs.receive(url)) == 1
    assert made_with.events.describe_archive(ArchiveName="kept")["EventCount"] == 1


async def test_a_disabled_rule_hands_nothing_on(made_with: Clients, sqs: Sqs) -> None:
    url = bus_to_queue(made_with, state="DISABLED")
    put(made_with)
    assert await sqs.receive(url, wait_seconds=0) == []


async def test_only_aws_itself_may_use_its_sources(made_with: Clients) -> None:
    bus_to_queue(made_with)
    assert put(made_with, Source="aws.events")["ErrorCode"] == "NotAuthorizedForSourceException"


async def test_a_delayed_message_appears_when_the_clock_has_moved(
    aws: AwsProcess, made_with: Clients, sqs: Sqs
) -> None:
    url = made_with.sqs.create_queue(QueueName="later")["QueueUrl"]
    made_with.sqs.send_message(QueueUrl=url, MessageBody="hi", DelaySeconds=900)
    waiting = asyncio.create_task(sqs.receive(url))
    state = (await aws.queues())["later"]
    assert (state.visible, state.later) == (0, 1)

    # A poll that was waiting all along may end empty, because its own time is over too: then ask again.
    assert (await aws.move_clock(901))["later"].visible + len(await waiting) >= 1
    received = await waiting or await sqs.receive(url)
    assert [message["Body"] for message in received] == ["hi"]


async def test_many_receivers_and_senders_lose_no_message(made_with: Clients, sqs: Sqs) -> None:
    url = made_with.sqs.create_queue(QueueName="busy")["QueueUrl"]
    total = 200
    seen: set[str] = set()

    async def send(numbers: range) -> None:
        for number in numbers:
            await sqs.send(url, str(number))

    async def drain() -> None:
        while len(seen) < total:
            messages = await sqs.receive(url, wait_seconds=1)
            seen.update(message["Body"] for message in messages)
            await sqs.delete(url, [message["ReceiptHandle"] for message in messages])

    async with asyncio.timeout(60):
        await asyncio.gather(*(send(range(start, total, 4)) for start in range(4)), drain(), drain())
    assert len(seen) == total


async def test_of_many_writers_with_one_condition_exactly_one_wins(made_with: Clients) -> None:
    made_with.dynamodb.create_table(
        TableName="claims",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
    )

    def claim(number: int) -> bool:
        item: Any = {"p": {"S": str(number // 8)}, "by": {"N": str(number)}}
        try:
            made_with.dynamodb.put_item(
                TableName="claims", Item=item, ConditionExpression="attribute_not_exists(p)"
            )
        except made_with.dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(claim, range(400)))
    assert [sum(won[start : start + 8]) for start in range(0, 400, 8)] == [1] * 50


def test_a_connection_is_kept_whatever_was_asked(aws_port: int) -> None:
    """Also when moto reads no body, answers with none, or refuses."""
    target = {"X-Amz-Target": "DynamoDB_20120810.ListTables", "Content-Type": "application/x-amz-json-1.0"}
    describe = target | {"X-Amz-Target": "DynamoDB_20120810.DescribeTable"}
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request"}
    connection = http.client.HTTPConnection("127.0.0.1", aws_port, timeout=10)
    sockets = set()
    for method, path, body, headers, status in (
        ("POST", "/", b"{}", target | signed, 200),
        ("GET", "/_tidings/state", b"not read", {}, 200),
        ("HEAD", "/moto-api/data.json", None, {}, 200),
        ("POST", "/", b'{"TableName": "none"}', describe | signed, 400),
        ("GET", "/_tidings/state", None, {}, 200),
    ):
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read()
        assert (answer.status, answer.will_close) == (status, False), (path, text)
        assert bool(text) is (method != "HEAD")
        sockets.add(connection.sock)
    assert len(sockets) == 1
    connection.close()


@pytest.mark.parametrize(
    ("headers", "first_line"),
    [
        ("Content-Length: 2\r\nExpect: 100-continue", "HTTP/1.1 100 Continue"),
        ("Content-Length: -1", "HTTP/1.1 400 Bad Request"),
        ("Content-Length: many", "HTTP/1.1 400 Bad Request"),
    ],
)
def test_a_client_that_has_sent_no_body_is_answered(aws_port: int, headers: str, first_line: str) -> None:
    with socket.create_connection(("127.0.0.1", aws_port), timeout=10) as connection:
        connection.sendall(f"PUT /bucket/key HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n".encode())
        assert connection.recv(1_000).decode().splitlines()[0] == first_line


def test_no_collection_looks_twice_at_what_stays() -> None:
    before = gc.get_freeze_count()
    gc.callbacks.append(freeze_what_stays)
    try:
        gc.collect(1)
        assert gc.get_freeze_count() == before
        gc.collect()
        assert gc.get_freeze_count() > before
    finally:
        gc.callbacks.remove(freeze_what_stays)
        gc.unfreeze()
