"""The real use cases and adapters on moto's tables, every call metered, and states to begin from."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from moto import mock_aws

from benchmarks.fan_out.exact_counts import SHARDS
from benchmarks.fan_out.metering import Count, Meter
from shared.aws.batches import Batches
from shared.aws.streams import DynamoStreams
from shared.aws.topics import topic_row
from shared.bootstrap import build_ports
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.deliveries import Heartbeat, Scheduled, parse_delivery
from shared.domain.handshake import Handshake
from shared.domain.intake import BusEvent
from tests.adapters.worlds import create_tables
from tests.fakes.app import App
from tests.fakes.bus import FakeBus
from tests.fakes.catalog import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.sender import FakeSender
from tests.fakes.system import SETTINGS
from tidings.catalog import Catalog

MINE, JOBS = "TXzPWdnOjoECGjA=", "channel#jobs"
DATA = {
    "job_id": 42,
    "company": "Example GmbH",
    "job_title": "Engineer",
    "location": "Bonn",
    "source": "board",
}


@dataclass
class System:
    meter: Meter
    app: App
    sender: FakeSender
    clock: FakeClock
    queue_url: str
    streams: DynamoStreams

    def measure(self, act: Callable[[], object]) -> Count:
        self.meter.now = Count()
        self.clock.advance(10)
        before = sum(map(len, self.sender.received.values()))
        act()
        counted, self.meter.now = self.meter.now, Count()
        counted.posts = sum(map(len, self.sender.received.values())) - before
        return counted

    def connect(self, connection_id: str, channels: str = "jobs,applications") -> Any:
        query = {"user_id": ("ann",), "channels": (channels,)}
        self.sender.open.add(connection_id)
        handshake = Handshake(connection_id=connection_id, connected_at=self.clock.now() - 60, query=query)
        return self.app.connect(handshake)

    def take_queued(self) -> str:
        return self.meter.sqs.receive_message(QueueUrl=self.queue_url)["Messages"][0]["Body"]

    def deliver(self, body: str) -> None:
        self.app.deliver(parse_delivery(body), lease=self.app.lease(60))

    def ping(self) -> None:
        self.app.deliver(Heartbeat(due_at=int(self.clock.now())), lease=self.app.lease(60))

    def publish(self, event_id: str, *, event_type: str = "job.created", **detail: Any) -> Any:
        event = BusEvent(
            event_id=event_id,
            source="benchmark",
            detail_type=event_type,
            detail={"data": DATA, **detail},
            occurred_at=self.clock.now(),
        )
        return self.app.publish(event, lease=self.app.lease(60))


@contextmanager
def system(catalog: Catalog | None = None, **chosen: Any) -> Iterator[System]:
    with mock_aws():
        meter, sender, clock = Meter(), FakeSender(), FakeClock()
        create_tables(meter.dynamodb)
        url = meter.sqs.create_queue(QueueName="delivery")["QueueUrl"]
        settings = replace(
            SETTINGS, delivery_queue_url=url, topic_shards=SHARDS, posts_per_second=1_000_000, **chosen
        )
        ports = build_ports(
            settings=settings,
            catalog=catalog,
            bus=FakeBus(),
            dynamodb=meter.dynamodb,
            sqs=meter.sqs,
            sender=sender,
            clock=clock,
        )
        batches = Batches(dynamodb=meter.dynamodb, clock=clock, jitter=lambda: 0.5)
        streams = DynamoStreams(dynamodb=meter.dynamodb, batches=batches, table=settings.events_table)
        yield System(meter, App(ports), sender, clock, url, streams)


def subscribe_many(made: System, count: int) -> None:
    """Rows as connecting writes them, without the connecting."""
    for start in range(0, count, 25):
        rows: list[Any] = []
        for number in range(start, min(start + 25, count)):
            connection_id = f"crowd{number:08}AE="
            made.sender.open.add(connection_id)
            rows.append({"PutRequest": {"Item": subscriber_row(connection_id, made.clock.now())}})
        made.meter.dynamodb.batch_write_item(RequestItems={"subscriptions": rows})


def subscriber_row(connection_id: str, now: float) -> dict[str, Any]:
    connection = Connection(
        connection_id=connection_id,
        user_id=None,
        connected_at=now - 60,
        shard=shard_of(connection_id, SHARDS),
    )
    return topic_row(connection, Channel.JOBS)


def look(made: System, event_id: str) -> Callable[[], object]:
    """The moment for which an item's look was planned."""
    key = f"unseen:{event_id}"
    row = made.meter.dynamodb.get_item(TableName="schedule", Key={"schedule_key": {"S": key}})["Item"]
    due_at = int(row["due_at"]["N"])
    made.clock.advance(max(0.0, due_at - made.clock.now()))
    return lambda: made.deliver(Scheduled(schedule_key=key, due_at=due_at).to_json())


def keep_many(made: System, missed: int) -> Callable[[], object]:
    """So many kept events as publishing leaves them, and what a client does that missed them."""
    dynamodb, (head,) = made.meter.dynamodb, made.streams.heads([JOBS]).values()
    key = {"stream": {"S": JOBS}, "offset": {"N": str(head.offset)}}
    kept = dynamodb.get_item(TableName="events", Key=key)["Item"]
    offsets = [str(head.offset + 1 + number) for number in range(missed)]
    for start in range(0, missed, 25):
        rows: list[Any] = [
            {"PutRequest": {"Item": {**kept, "offset": {"N": offset}, "id": {"S": offset}}}}
            for offset in offsets[start : start + 25]
        ]
        dynamodb.batch_write_item(RequestItems={"events": rows})
    dynamodb.update_item(
        TableName="events",
        Key=key | {"offset": {"N": "0"}},
        UpdateExpression="SET head = head + :missed",
        ExpressionAttributeValues={":missed": {"N": str(missed)}},
    )

    def resume() -> None:
        """At the pace that is allowed."""
        position, told = head.offset, 0
        while told < missed:
            made.clock.advance(1)
            asked = {
                "action": "history",
                "stream": "jobs",
                "epoch": head.epoch,
                "after": position,
                "limit": 300,
            }
            answer = made.app.message(MINE, json.dumps(asked))
            if answer is None or not answer.data["recovered"]:
                raise AssertionError(answer)
            position, told = answer.data["through"], told + len(answer.data["events"])

    return resume
