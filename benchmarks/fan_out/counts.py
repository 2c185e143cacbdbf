"""(d) exact AWS requests and DynamoDB units of each thing a client or a producer does.

The real use cases and adapters on moto's tables, every call noted. Units by AWS's rules: a write is one unit
for each kilobyte of the row, a consistent read one for each four kilobytes (of a Query: of all rows read).
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import boto3
from moto import mock_aws

from benchmarks.fan_out.exact_counts import SHARDS
from benchmarks.fan_out.running import table
from shared.aws.batches import Batches
from shared.aws.connection_rows import row_of
from shared.aws.streams import DynamoStreams
from shared.aws.topics import topic_row
from shared.bootstrap import build_ports
from shared.domain.audience import shard_of
from shared.domain.connection import Connection
from shared.domain.deliveries import Heartbeat, Scheduled, parse_delivery
from shared.domain.handshake import Handshake
from shared.domain.intake import BusEvent
from shared.domain.limits import CHANNELS_PER_CONNECTION, HISTORY_EVENTS_MAX
from tests.adapters.worlds import create_tables
from tests.fakes import shop
from tests.fakes.app import App
from tests.fakes.bus import FakeBus
from tests.fakes.catalog import Channel
from tests.fakes.clock import FakeClock
from tests.fakes.payloads import PAYLOADS
from tests.fakes.sender import FakeSender
from tests.fakes.system import JWT, SETTINGS
from tidings.catalog import Catalog, hours

MINE, JOBS = "TXzPWdnOjoECGjA=", "channel#jobs"
WRITES = ("PutItem", "UpdateItem", "DeleteItem")
DATA = {
    "job_id": 42,
    "company": "Example GmbH",
    "job_title": "Engineer",
    "location": "Bonn",
    "source": "board",
}


@dataclass
class Count:
    requests: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    write_units: float = 0.0
    posts: int = 0

    @property
    def described(self) -> str:
        return ", ".join(f"{count} {name}" for name, count in sorted(self.requests.items()))


class Meter:
    """Clients whose calls are counted into `now`."""

    def __init__(self) -> None:
        session = boto3.Session(region_name="us-east-1")
        session.events.register("provide-client-params.*.*", self._asked)
        session.events.register("after-call.dynamodb.Query", self._queried)
        self.dynamodb = session.client("dynamodb")
        self.sqs = session.client("sqs")
        # Looks at rows as they are before a write, and is not counted.
        self._beside = boto3.client("dynamodb", region_name="us-east-1")
        self.now = Count()
        self.row_bytes = 0

    def _asked(self, params: dict[str, Any], model: Any, **_more: Any) -> None:
        self.now.requests[model.name] += 1
        if model.name in WRITES:
            self.now.write_units += self._write_units(params["TableName"], params)
        elif model.name == "GetItem":
            self.now.read_units += 1
        elif model.name == "BatchWriteItem":
            self.now.write_units += sum(
                self._write_units(name, next(iter(one.values())))
                for name, requests in params["RequestItems"].items()
                for one in requests
            )
        elif model.name == "BatchGetItem":
            self.now.read_units += sum(
                len(one["Keys"]) * (1 if one.get("ConsistentRead") else 0.5)
                for one in params["RequestItems"].values()
            )

    def _write_units(self, table_name: str, write: dict[str, Any]) -> int:
        """Of a row that is put, its size; of one that is changed or deleted, that before it."""
        row = write.get("Item") or self._beside.get_item(TableName=table_name, Key=write["Key"]).get("Item")
        return max(1, math.ceil(row_bytes(row or {}) / 1024))

    def _queried(self, parsed: dict[str, Any], **_more: Any) -> None:
        rows = [row for row in parsed.get("Items", ()) if "envelope" in row]
        size_bytes = sum(map(row_bytes, rows)) if rows else parsed["Count"] * self.row_bytes
        self.now.read_units += max(1, math.ceil(size_bytes / 4096))


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
            rows.append({"PutRequest": {"Item": _row(connection_id, made.clock.now())}})
        made.meter.dynamodb.batch_write_item(RequestItems={"subscriptions": rows})


def _row(connection_id: str, now: float) -> dict[str, Any]:
    connection = Connection(
        connection_id=connection_id,
        user_id=None,
        connected_at=now - 60,
        shard=shard_of(connection_id, SHARDS),
    )
    return topic_row(connection, Channel.JOBS)


def row_bytes(row: dict[str, Any]) -> int:
    """The size of a row by DynamoDB's rules: names and strings in bytes, a number half its digits and one."""
    return sum(
        len(name) + (sum(map(len, value["SS"])) if "SS" in value else _value_bytes(value))
        for name, value in row.items()
    )


def _value_bytes(value: dict[str, Any]) -> int:
    if "S" in value:
        return len(value["S"])
    return (len(value["N"].replace(".", "")) + 1) // 2 + 1 if "N" in value else 1


def count_channels() -> dict[str, Count]:
    """What a connection costs that has as many channels as it may, each of its own order."""
    names = [f"orders/{number:012}" for number in range(CHANNELS_PER_CONNECTION + 1)]
    with system(shop.catalog) as made:
        made.meter.row_bytes = row_bytes(_row("TXzPWdnOjoECGjA=", made.clock.now()))
        asked = ",".join(names[: CHANNELS_PER_CONNECTION - 1])
        counts = {"connect, 49 channels": made.measure(lambda: made.connect("TXzPWdnOjoECGjA=", asked))}
        body = made.take_queued()
        counts["its welcome"] = made.measure(
            lambda: made.app.deliver(parse_delivery(body), lease=made.app.lease(60))
        )
        for what, message in (
            ("subscribe, the 50th", f'{{"action":"subscribe","channel":"{names[-2]}"}}'),
            ("subscribe, one too many", f'{{"action":"subscribe","channel":"{names[-1]}"}}'),
            ("any other message", '{"action":"ping"}'),
            ("unsubscribe", f'{{"action":"unsubscribe","channel":"{names[-2]}"}}'),
        ):
            counts[what] = made.measure(partial(made.app.message, "TXzPWdnOjoECGjA=", message))
        order = {"order_id": names[0].removeprefix("orders/")}
        counts["event to one of its channels"] = made.measure(
            lambda: made.publish("one", event_type="order.shipped", data=order)
        )
        counts["event to its user"] = made.measure(
            lambda: made.publish("two", event_type="order.shipped", data=order, user_id="ann")
        )
        counts["disconnect, 49 channels"] = made.measure(lambda: made.app.disconnect("TXzPWdnOjoECGjA="))
    counts["subscribe, asking a rule"] = _count_rule()
    counts["event that is not kept"] = _count_not_kept()
    return counts


def _count_rule() -> Count:
    with system(shop.catalog, **JWT) as made:
        connection = Connection(
            connection_id="a", user_id="ann", connected_at=made.clock.now(), claims={"teams": ["red"]}
        )
        made.meter.dynamodb.put_item(TableName="connections", Item=row_of(connection))
        return made.measure(lambda: made.app.message("a", '{"action":"subscribe","channel":"teams/red"}'))


def _count_not_kept() -> Count:
    forgetful = {name: replace(one, keep=hours(0)) for name, one in shop.catalog.declared.items()}
    with system(replace(shop.catalog, declared=forgetful)) as made:
        order = {"order_id": "1"}
        return made.measure(lambda: made.publish("one", event_type="order.shipped", data=order))


def count_all(subscribers: int) -> dict[str, Count]:
    with system() as made:
        made.meter.row_bytes = row_bytes(_row(MINE, made.clock.now()))
        say = made.app.message
        counts: dict[str, Count] = {}

        def count(what: str, act: Callable[[], object]) -> None:
            counts[what] = made.measure(act)

        made.connect("first=")
        queued = made.take_queued()
        count("welcome of a new user on new channels", lambda: made.deliver(queued))
        made.app.disconnect("first=")
        count("connect", lambda: made.connect(MINE))
        body = made.take_queued()
        count("its welcome", lambda: made.deliver(body))
        for what in ("subscribe to a new channel", "subscribe"):
            count(what, lambda: say(MINE, '{"action":"subscribe","channel":"skills"}'))
            count("unsubscribe", lambda: say(MINE, '{"action":"unsubscribe","channel":"skills"}'))
        count("event to a user", lambda: made.publish("one", user_id="ann"))
        count("the same id again", lambda: made.publish("one", user_id="ann"))
        for type_, what in (
            ("scheduled", "event of the inbox"),
            ("reminder", "the same, to be seen in time"),
        ):
            event: dict[str, Any] = {
                "event_type": f"interview.{type_}",
                "data": PAYLOADS[f"interview.{type_}"],
            }
            count(what, partial(made.publish, type_, user_id="ann", **event))
        made.connect("second=")
        again = made.take_queued()
        count("welcome with unseen items", lambda: made.deliver(again))
        count("inbox", lambda: say(MINE, '{"action":"inbox"}'))
        count("seen, told to another device", lambda: say(MINE, '{"action":"seen","inbox":2}'))
        made.take_queued()
        count("inbox where all is seen", lambda: say(MINE, '{"action":"inbox"}'))
        made.app.disconnect("second=")
        count("look for an item that was seen", look(made, "reminder"))
        reminder = PAYLOADS["interview.reminder"]
        made.publish("missed", event_type="interview.reminder", data=reminder, user_id="ann")
        count("look for one that was not", look(made, "missed"))
        count("ping", made.ping)
        count("disconnect", lambda: made.app.disconnect(MINE))
        count("event of 3.5 KB to nobody", lambda: made.publish("large", data={**DATA, "more": "x" * 3_100}))
        count("ping to nobody", made.ping)
        subscribe_many(made, subscribers)
        count(f"event to {subscribers:,}", lambda: made.publish("many"))
        made.connect(MINE)
        made.deliver(made.take_queued())
        for missed in (0, 10, 300, 10_000):
            resume = keep_many(made, missed)
            count(f"resume of {missed:,} events", resume)
            if missed == HISTORY_EVENTS_MAX:
                count(f"the same {missed}, for another client", resume)
    return counts


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


def main(*, subscribers: int) -> dict[str, Count]:
    counts = count_all(subscribers)
    _print(f"(d) AWS requests and DynamoDB units, {SHARDS} shards", counts)
    _print(f"(d) a connection with {CHANNELS_PER_CONNECTION} channels, orders/…", count_channels())
    return counts


def _print(title: str, counts: dict[str, Count]) -> None:
    table(
        title,
        ("what", "read units", "write units", "posts", "requests"),
        [
            (name, f"{one.read_units:g}", f"{one.write_units:g}", one.posts, one.described)
            for name, one in counts.items()
        ],
    )


if __name__ == "__main__":
    everything = count_all(int(sys.argv[1])).items()
    told = {
        what: (one.read_units, one.write_units, one.posts, dict(one.requests)) for what, one in everything
    }
    print(json.dumps(told))
