"""One way to post after the other, each in a process of its own: prints microseconds of CPU per post.

`python senders.py NAME ENDPOINT CERTIFICATE POSTS`, in the environment that has its library.
"""

import asyncio
import hashlib
import hmac
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

MESSAGE = (
    b'{"type":"job.created","data":{"job_id":42,"company":"Example GmbH","job_title":"Engineer"},' * 2
)[:190]
IN_FLIGHT = 64
Post = Callable[[Sequence[str]], None]


def connection_ids(count: int) -> list[str]:
    return [f"TX{number:08}oECE=" for number in range(count)]


def ours(endpoint: str, certificate: str) -> Post:
    from shared.aws.clock import SystemClock
    from shared.aws.identity import Identity
    from shared.aws.sender import ManagementApiSender

    sender = ManagementApiSender(
        endpoint_url=endpoint,
        identity=Identity(),
        clock=SystemClock(),
        ca_bundle=certificate,
        posts_in_flight=IN_FLIGHT,
    )

    def post(targets: Sequence[str]) -> None:
        for posted in sender.post(MESSAGE, targets):
            assert posted.outcome.value == "delivered", posted

    return post


def boto3_threads(threads: int) -> Callable[[str, str], Post]:
    def make(endpoint: str, certificate: str) -> Post:
        import boto3
        from botocore.config import Config

        client: Any = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=endpoint,
            verify=certificate,
            config=Config(max_pool_connections=threads),
        )

        def one(target: str) -> None:
            client.post_to_connection(ConnectionId=target, Data=MESSAGE)

        def post(targets: Sequence[str]) -> None:
            if threads == 1:
                for target in targets:
                    one(target)
                return
            with ThreadPoolExecutor(threads) as pool:
                for _ in pool.map(one, targets):
                    pass

        return post

    return make


def aiobotocore(endpoint: str, certificate: str) -> Post:
    from aiobotocore.config import AioConfig
    from aiobotocore.session import get_session

    async def run(targets: Sequence[str]) -> None:
        config = AioConfig(max_pool_connections=IN_FLIGHT)
        session: Any = get_session()
        async with session.create_client(
            "apigatewaymanagementapi", endpoint_url=endpoint, verify=certificate, config=config
        ) as client:
            await side_by_side(
                targets, lambda target: client.post_to_connection(ConnectionId=target, Data=MESSAGE)
            )

    return lambda targets: asyncio.run(run(targets))


def aiohttp(endpoint: str, certificate: str) -> Post:
    import ssl

    from aiohttp import ClientSession, TCPConnector
    from yarl import URL

    async def run(targets: Sequence[str]) -> None:
        sign = signer(endpoint)
        connector = TCPConnector(limit=IN_FLIGHT, ssl=ssl.create_default_context(cafile=certificate))
        async with ClientSession(connector=connector) as session:

            async def one(target: str) -> None:
                url = URL(f"{endpoint}/@connections/{quote(target)}", encoded=True)
                async with session.post(url, data=MESSAGE, headers=sign(target)) as answer:
                    assert answer.status == 200

            await side_by_side(targets, one)

    return lambda targets: asyncio.run(run(targets))


async def side_by_side(targets: Sequence[str], one: Callable[[str], Any]) -> None:
    source = iter(targets)

    async def worker() -> None:
        for target in source:
            await one(target)

    await asyncio.gather(*(worker() for _ in range(IN_FLIGHT)))


def libcurl(endpoint: str, certificate: str) -> Post:
    import pycurl

    multi = pycurl.CurlMulti()
    handles = []
    for _ in range(IN_FLIGHT):
        handle = pycurl.Curl()
        for option, value in (
            (pycurl.CAINFO, certificate),
            (pycurl.POST, 1),
            (pycurl.POSTFIELDS, MESSAGE),
            (pycurl.NOSIGNAL, 1),
            (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
            (pycurl.CONNECTTIMEOUT_MS, 1000),
            (pycurl.TIMEOUT_MS, 3000),
        ):
            handle.setopt(option, value)
        handles.append(handle)

    def post(targets: Sequence[str]) -> None:
        sign, source, free, left = signer(endpoint), iter(targets), list(handles), len(targets)
        while left:
            while free and (target := next(source, None)) is not None:
                handle = free.pop()
                handle.setopt(pycurl.URL, f"{endpoint}/@connections/{quote(target)}")
                lines = [f"{name}: {value}" for name, value in sign(target).items()]
                handle.setopt(pycurl.HTTPHEADER, [*lines, "Content-Type:", "Expect:"])
                multi.add_handle(handle)
            multi.perform()
            more = 1
            while more:
                more, done, failed = multi.info_read()
                assert not failed, failed
                for handle in done:
                    assert handle.getinfo(pycurl.RESPONSE_CODE) == 200
                    multi.remove_handle(handle)
                    free.append(handle)
                    left -= 1
            if left and not free:
                multi.select(1.0)

    return post


def signer(endpoint: str) -> Callable[[str], dict[str, str]]:
    """Signature V4 prepared once, for the alternatives: fair to them."""
    host = endpoint.split("/")[2]
    day, moment = time.strftime("%Y%m%d"), time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    scope = f"{day}/us-east-1/execute-api/aws4_request"
    key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    payload = hashlib.sha256(MESSAGE).hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}"

    def sign(target: str) -> dict[str, str]:
        path = f"/prod/%40connections/{quote(quote(target))}"
        canonical = f"POST\n{path}\n\nhost:{host}\nx-amz-date:{moment}\n\nhost;x-amz-date\n{payload}"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        signature = hmac.digest(
            key, f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{digest}".encode(), "sha256"
        ).hex()
        return {
            "X-Amz-Date": moment,
            "Authorization": f"{credential}, SignedHeaders=host;x-amz-date, Signature={signature}",
        }

    return sign


SENDERS: dict[str, Callable[[str, str], Post]] = {
    "boto3": boto3_threads(1),
    "boto3, 10 threads": boto3_threads(10),
    "aiobotocore": aiobotocore,
    "aiohttp": aiohttp,
    "libcurl (pycurl multi)": libcurl,
    "ours": ours,
}


def main() -> None:
    name, endpoint, certificate, posts = sys.argv[1:5]
    post = SENDERS[name](endpoint, certificate)
    post(connection_ids(max(IN_FLIGHT * 2, int(posts) // 10)))
    targets = connection_ids(int(posts))
    cpu, wall = time.process_time(), time.perf_counter()
    post(targets)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(cpu / len(targets) * 1e6, len(targets) / wall)


if __name__ == "__main__":
    main()
