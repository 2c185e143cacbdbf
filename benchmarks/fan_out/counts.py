"""(d) exact AWS requests and DynamoDB units of each thing a client or a producer does."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from benchmarks.fan_out.exact_counts import SHARDS
from benchmarks.fan_out.metered import DATA, MINE, keep_many, look, subscribe_many, subscriber_row, system
from benchmarks.fan_out.metering import Count, row_bytes
from benchmarks.fan_out.running import table
from shared.aws.connection_rows import row_of
from shared.domain.connection import Connection
from shared.domain.deliveries import parse_delivery
from shared.domain.limits import CHANNELS_PER_CONNECTION, HISTORY_EVENTS_MAX
from tests.fakes import shop
from tests.fakes.payloads import PAYLOADS
from tests.fakes.system import JWT
from tidings.catalog import hours


def count_channels() -> dict[str, Count]:
    """What a connection costs that has as many channels as it may, each of its own order."""
    names = [f"orders/{number:012}" for number in range(CHANNELS_PER_CONNECTION + 1)]
    with system(shop.catalog) as made:
        made.meter.row_bytes = row_bytes(subscriber_row("TXzPWdnOjoECGjA=", made.clock.now()))
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
        made.meter.row_bytes = row_bytes(subscriber_row(MINE, made.clock.now()))
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
