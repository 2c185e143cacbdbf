"""@connections, with the credentials of who verifies."""

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from verify.check import Broken, check, expect
from verify.world import World

FORBIDDEN, GONE = 403, 410
NOBODY = "AAAAAAAAAAAAAAA="


def status_of(call: Any, **arguments: Any) -> int:
    """The HTTP status of a call of the management API."""
    try:
        answer = call(**arguments)
    except ClientError as refused:
        return int(refused.response["ResponseMetadata"]["HTTPStatusCode"])
    return int(answer["ResponseMetadata"]["HTTPStatusCode"])


async def post(world: World, connection_id: str) -> int:
    call = world.posts.post_to_connection
    return await asyncio.to_thread(lambda: status_of(call, ConnectionId=connection_id, Data=b"{}"))


@check("The welcome's connection_id is API Gateway's: a post to it arrives as it is.")
async def post_arrives(world: World) -> None:
    async with world.client(world.user()) as client:
        body = {"type": "verify.post", "data": {"run": world.run_id}}
        await asyncio.to_thread(
            world.posts.post_to_connection, ConnectionId=client.connection_id, Data=json.dumps(body).encode()
        )
        told = await client.until(lambda one: one["type"] == "verify.post", "the post did not arrive")
        expect(told == body, told)


@check("A connection that DELETE @connections ended is closed at the client, and its rows go.")
async def deleted(world: World) -> None:
    async with world.client(world.user()) as client:
        await asyncio.to_thread(world.posts.delete_connection, ConnectionId=client.connection_id)
        await client.until_closed()
        status = await post(world, client.connection_id)
        expect(status == GONE, f"a post to it is answered with {status}")


@check("A post to a connection that does not exist is 410.")
async def unknown_is_gone(world: World) -> None:
    status = await post(world, NOBODY)
    expect(status == GONE, f"answered with {status}")


@check("A post without a signature is refused with 403, and does not arrive.")
async def unsigned_post(world: World) -> None:
    async with world.client(world.user()) as client:
        url = f"{world.place.management}/@connections/{quote(client.connection_id, safe='')}"
        request = urllib.request.Request(url, data=b'{"type": "forged", "data": {}}', method="POST")  # noqa: S310  the stage's own

        def unsigned() -> int:
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310  as above
                    return int(answer.status)
            except urllib.error.HTTPError as refused:
                with refused:
                    return refused.code
            except urllib.error.URLError as away:
                raise Broken(f"{url}: {away.reason}") from away

        status = await asyncio.to_thread(unsigned)
        expect(status == FORBIDDEN, f"answered with {status}")
        await client.settled()
        expect(not client.of("forged"), "it arrived")
