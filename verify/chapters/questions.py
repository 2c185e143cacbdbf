"""What AWS's documentation leaves open, measured. The answers are printed and go into the report."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from verify import tables
from verify.chapters.management import status_of
from verify.check import Broken, Needs, NotAskedError, check, expect
from verify.world import World

HOURS_LOOKED_AT = 6
PERIOD_SECONDS = 300
# Enough for a burst and some seconds of a small stage's throttle.
POSTS_AT_ONCE, POST_SECONDS = 64, 8.0
MOST_POSTS = 10_000
TOO_MANY = 429
IDLE_SECONDS = 600
PING_EVERY_SECONDS = 60


def api_of(world: World) -> str:
    """The API's id, from its address: https://ID.execute-api.REGION.amazonaws.com/STAGE."""
    host = urlsplit(world.place.management).hostname or ""
    if ".execute-api." not in host:
        raise NotAskedError("the stage's own address is closed, and the API's id is not to be seen")
    return host.partition(".")[0]


async def ask(call: Callable[..., Any], **arguments: Any) -> Any:
    return await asyncio.to_thread(lambda: call(**arguments))


@check("How old is the oldest message of the delivery queue when nothing is late?", Needs.AWS)
async def delivery_age_when_idle(world: World) -> None:
    stage = world.place.stage
    now = datetime.now(UTC)
    answer = await ask(
        stage.client("cloudwatch").get_metric_statistics,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Dimensions=[{"Name": "QueueName", "Value": stage.queues["Delivery"].rsplit("/", 1)[-1]}],
        StartTime=now - timedelta(hours=HOURS_LOOKED_AT),
        EndTime=now,
        Period=PERIOD_SECONDS,
        Statistics=["Maximum"],
    )
    ages = [point["Maximum"] for point in answer["Datapoints"]]
    if not ages:
        raise NotAskedError("CloudWatch has no figures yet: run it again in an hour")
    world.answers["DeliveryAge of the last six hours?"] = (
        f"at most {max(ages):.0f} s; periods seen: {len(ages)}"
    )


@check("Does AWS accept a mapping key with slashes?", Needs.AWS)
async def mapping_key(world: World) -> None:
    gateway, api = world.place.stage.client("apigatewayv2"), api_of(world)
    for domain in (await ask(gateway.get_domain_names)).get("Items", []):
        mappings = await ask(gateway.get_api_mappings, DomainName=domain["DomainName"])
        for mapping in mappings.get("Items", []):
            if mapping["ApiId"] == api:
                key = mapping.get("ApiMappingKey", "")
                world.answers["Mapping key?"] = f"AWS holds {key!r} on {domain['DomainName']}"
                return
    raise NotAskedError("the stage has no domain: see domain_name")


@check("Does the auto-deployed stage carry the RouteResponse of $default?", Needs.AWS)
async def route_response_deployed(world: World) -> None:
    gateway, api = world.place.stage.client("apigatewayv2"), api_of(world)
    stage = await ask(gateway.get_stage, ApiId=api, StageName=world.place.stage.name)
    async with world.client(world.user()) as client:
        answered = False
        try:
            answered = (await client.ask("list_channels"))["type"] == "system.channels"
        finally:
            how = "answered" if answered else "not answered"
            world.answers["Auto-deploy and the RouteResponse?"] = (
                f"list_channels is {how}; AutoDeploy {stage.get('AutoDeploy')}, "
                f"deployment {stage.get('DeploymentId')}: {stage.get('LastDeploymentStatusMessage')}"
            )


@check("Do DefaultRouteSettings throttle posts to @connections?", Needs.AWS, Needs.DISTURBS, alone=True)
async def posts_and_the_route_throttle(world: World) -> None:
    gateway, api = world.place.stage.client("apigatewayv2"), api_of(world)
    stage = await ask(gateway.get_stage, ApiId=api, StageName=world.place.stage.name)
    limits = stage.get("DefaultRouteSettings", {})
    rate, burst = limits.get("ThrottlingRateLimit"), limits.get("ThrottlingBurstLimit")
    if rate is None or burst is None:
        raise NotAskedError("the stage has no throttle")
    statuses: list[int] = []
    posts = world.place.posts(at_once=POSTS_AT_ONCE)

    def post(connection_id: str) -> None:
        while time.monotonic() - began < POST_SECONDS and len(statuses) < MOST_POSTS:
            # Small, and of a type that no check looks for.
            body = b'{"type":"verify.load","data":{}}'
            statuses.append(status_of(posts.post_to_connection, ConnectionId=connection_id, Data=body))

    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(POSTS_AT_ONCE) as threads:
        async with world.client(world.user()) as client:
            began = time.monotonic()
            work = [loop.run_in_executor(threads, post, client.connection_id) for _ in range(POSTS_AT_ONCE)]
            await asyncio.gather(*work)
    seconds = time.monotonic() - began
    refused = statuses.count(TOO_MANY)
    said = f"{len(statuses)} posts in {seconds:.1f} s, {refused} answered with 429"
    said += f"; the throttle is {rate:.0f}/s with a burst of {burst}"
    if not refused and len(statuses) <= burst + rate * seconds:
        said += ": too few to tell; a stage with -c expected_connections=50 has a throttle of 100/s"
    world.answers["DefaultRouteSettings and @connections?"] = said
    expect(set(statuses) <= {200, TOO_MANY}, f"posts were answered with {sorted(set(statuses))}")


@check("Do ping frames reset the idle timer of ten minutes?", Needs.AWS, Needs.FULL, seconds=IDLE_SECONDS * 2)
async def ping_frames_and_idleness(world: World) -> None:
    user, stage = world.user(), world.place.stage
    async with world.client(user) as client:
        row = await asyncio.to_thread(tables.connection_row, stage, client.connection_id)
        if row is None:
            raise Broken("a welcomed connection has no row")
        # Without its rows it is sent no system.ping, and is idle.
        topics = await asyncio.to_thread(tables.topic_rows, stage, row, user)
        await asyncio.to_thread(tables.remove_connection, stage, row, topics)
        began = time.monotonic()
        while not client.closed and time.monotonic() - began < IDLE_SECONDS + PING_EVERY_SECONDS * 2:
            await client.socket.ping()
            await asyncio.sleep(PING_EVERY_SECONDS)
        lasted = time.monotonic() - began
        how = f"no: closed with {client.socket.close_code}" if client.closed else "yes: still open"
        world.answers["Ping frames and the idle timer?"] = f"{how} after {lasted:.0f} s of ping frames alone"
