"""Channels with parameters on the whole local system, with another application's events, by both clients."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.system import ANSWER_WITHIN_SECONDS, REPOSITORY, System
from tests.fakes import shop
from tests.fakes.shop import OrderShipped
from tidings import Client
from tidings.producer import Producer

pytestmark = pytest.mark.network

JAVASCRIPT = """
import { TidingsClient } from "./clients/javascript/src/index.js";
const client = new TidingsClient({ url: process.argv[1], channels: ["orders/js-1"] });
client.on("order.shipped", async (data, event) => {
  console.log(JSON.stringify({ order: data.order_id, channel: event.channel }));
  if (data.order_id === "js-1") {
    console.log(JSON.stringify(await client.subscribe("orders/js-2")));
  } else {
    await client.close();
  }
});
await client.connect();
console.log("connected");
"""


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    started = System.start(tmp_path_factory.mktemp("shops"), "--context", "events=tests.fakes.shop")
    yield started
    assert started.stop() == 0


def publish(system: System, order_id: str) -> None:
    Producer(system.events, bus=system.bus, source="tests").publish(OrderShipped(order_id=order_id))


async def test_the_raw_protocol(shops: System) -> None:
    async with shops.client("channels=orders/raw-1,orders/*,news") as client:
        listed = await client.ask(action="list_channels")
        assert listed["type"] == "system.error", "of the pattern, which came first"
        assert listed["data"]["code"] == "unknown_channel"
        assert (await client.next())["data"]["channels"] == ["news", "orders/raw-1"]
        joined = await client.ask(action="subscribe", channel="orders/raw-2")
        assert joined["data"]["subscriber_count"] == 1
        await client.ask(action="unsubscribe", channel="orders/raw-1")
        for order_id in ("raw-1", "raw-2"):
            await asyncio.to_thread(publish, shops, order_id)
        event = await client.next_of("order.shipped")
        assert event["channel"] == "orders/raw-2"


async def test_the_python_client(shops: System) -> None:
    async with Client(shops.guide_url, channels=["orders/py-1"], catalog=shop.catalog) as client:
        await client.subscribe("orders/py-2")
        for order_id in ("py-1", "py-2"):
            await asyncio.to_thread(publish, shops, order_id)
        heard = []
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            for _ in range(2):
                event = await client.next()
                assert event is not None
                assert isinstance(event.payload, OrderShipped)
                heard.append((event.channel, event.payload.order_id))
    assert sorted(heard) == [("orders/py-1", "py-1"), ("orders/py-2", "py-2")]


async def test_the_javascript_client(shops: System) -> None:
    process = await asyncio.create_subprocess_exec(
        "scripts/node",
        *("node", "--input-type=module", "--eval", JAVASCRIPT, shops.guide_url),
        cwd=REPOSITORY,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
        assert await process.stdout.readline() == b"connected\n"
        await asyncio.to_thread(publish, shops, "js-1")
        said: list[dict[str, Any]] = [json.loads(await process.stdout.readline()) for _ in range(2)]
        await asyncio.to_thread(publish, shops, "js-2")
        said.append(json.loads(await process.stdout.readline()))
        assert await process.wait() == 0
    assert [one["channel"] for one in said] == ["orders/js-1", "orders/js-2", "orders/js-2"]
