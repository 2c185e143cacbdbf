"""Functions that name AWS's own hosts, and where their connections really go."""

import json
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from local import ports
from local.aws_hosts import AwsHosts, Places
from local.lambda_runtime.function import LocalAws
from local.lambda_runtime.redirect import Redirect
from local.tls import Authority
from tests.local.lambda_runtime.conftest import BenchMaker, toy

API = "abc123.execute-api.us-east-1.amazonaws.com"
OTHER_API = "zzz999.execute-api.eu-west-1.amazonaws.com"

PYTHON = """
import asyncio, socket, urllib.request
import aiohttp, boto3, requests

def with_urllib(event, context):
    return urllib.request.urlopen(event["url"]).read().decode()

def with_requests(event, context):
    return requests.get(event["url"]).text

def with_aiohttp(event, context):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(event["url"]) as response:
            return await response.text()
    return asyncio.run(get())

def with_boto3(event, context):
    client = boto3.client("apigatewaymanagementapi", endpoint_url=event["endpoint"])
    client.post_to_connection(ConnectionId="c=", Data=b"hello")
    queues = boto3.client("sqs", endpoint_url="https://sqs.us-east-1.amazonaws.com")
    return queues.list_queues()["QueueUrls"]

def with_socket(event, context):
    try:
        socket.create_connection(("db.cluster.us-east-1.rds.amazonaws.com", 5432), 1)
    except OSError as refused:
        return str(refused)
"""

NODE = """
const clients = { "http:": require("node:http"), "https:": require("node:https") };
exports.with_fetch = async (event) => (await fetch(event.url)).text();
exports.with_https = (event) => new Promise((resolve, reject) => {
  clients[new URL(event.url).protocol].get(event.url, (response) => {
    let text = "";
    response.on("data", (chunk) => (text += chunk));
    response.on("end", () => resolve(text));
  }).on("error", reject);
});
exports.with_socket = (event) => new Promise((resolve) => {
  const socket = require("node:net").connect(5432, "db.cluster.us-east-1.rds.amazonaws.com");
  socket.on("error", (error) => resolve(error.message));
});
"""


class Hosts:
    """What stands for the gateway and for the local AWS: they answer with what they were asked."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.posted: list[str] = []
        self._runners: list[web.AppRunner] = []

    async def _serve(self, name: str) -> int:
        async def handle(request: web.Request) -> web.Response:
            if request.headers.get("X-Amz-Target", "").endswith("ListQueues"):
                return web.json_response({"QueueUrls": ["https://here"]})
            self.posted.append(await request.text())
            return web.Response(text=f"{name} {request.host} {request.rel_url}")

        app = web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        self._runners.append(web.AppRunner(app))
        await self._runners[-1].setup()
        [listening, *others] = ports.listen(0)
        for other in others:
            other.close()
        await web.SockSite(self._runners[-1], listening).start()
        port: int = listening.getsockname()[1]
        return port

    async def start(self, folder: Path) -> LocalAws:
        places = Places("abc123", await self._serve("gateway"), await self._serve("aws"))
        self.aws_hosts = AwsHosts(Authority(folder), places, say=self.said.append)
        await self.aws_hosts.start()
        authority = self.aws_hosts.authority
        return LocalAws(self.aws_hosts.port, places.aws_port, authority.certificate, authority.bundle)

    async def close(self) -> None:
        await self.aws_hosts.close()
        for runner in self._runners:
            await runner.cleanup()


@pytest.fixture
async def hosts() -> AsyncIterator[Hosts]:
    opened = Hosts()
    yield opened
    await opened.close()


async def call(bench: Any, name: str, **event: Any) -> Any:
    answer = await bench.runtime.invoke(name, event)
    assert answer.error is None, answer.payload
    return json.loads(answer.payload)


@pytest.mark.network
class TestProcesses:
    @pytest.mark.parametrize("client", ["with_urllib", "with_requests", "with_aiohttp"])
    async def test_python_clients_reach_this_machine(
        self, make_bench: BenchMaker, code_root: Path, tmp_path: Path, hosts: Hosts, client: str
    ) -> None:
        (code_root / "toys.py").write_text(PYTHON)
        bench = make_bench(toy(code_root, client, timeout_seconds=30), local_aws=await hosts.start(tmp_path))
        assert await call(bench, client, url=f"https://{API}/dev/x?y=1") == f"gateway {API} /dev/x?y=1"
        table = "dynamodb.eu-central-1.amazonaws.com"
        assert await call(bench, client, url=f"https://{table}/") == f"aws {table} /"
        plain = f"http://{table}/"
        assert await call(bench, client, url=plain) == f"aws {table} /"
        assert bench.logs.lines == [
            (client, f"[local run] {name} is answered by the local run") for name in (API, table)
        ]

    async def test_the_sdk_for_python_does_so_although_the_code_names_the_endpoint(
        self, make_bench: BenchMaker, code_root: Path, tmp_path: Path, hosts: Hosts
    ) -> None:
        (code_root / "toys.py").write_text(PYTHON)
        name = "with_boto3"
        bench = make_bench(toy(code_root, name, timeout_seconds=30), local_aws=await hosts.start(tmp_path))
        assert await call(bench, name, endpoint=f"https://{API}/dev") == ["https://here"]
        assert hosts.posted == ["hello"]

    @pytest.mark.parametrize("client", ["with_fetch", "with_https"])
    async def test_node_clients_reach_this_machine(
        self, make_bench: BenchMaker, code_root: Path, tmp_path: Path, hosts: Hosts, client: str
    ) -> None:
        (code_root / "toys.js").write_text(NODE)
        function = toy(code_root, client, runtime="nodejs22.x", timeout_seconds=30)
        bench = make_bench(function, local_aws=await hosts.start(tmp_path))
        assert await call(bench, client, url=f"https://{API}/dev/x") == f"gateway {API} /dev/x"
        assert await call(bench, client, url="http://sts.amazonaws.com/") == "aws sts.amazonaws.com /"
        assert bench.logs.lines == [
            (client, f"[local run] {name} is answered by the local run")
            for name in (API, "sts.amazonaws.com")
        ]

    @pytest.mark.parametrize(
        ("runtime", "file", "code"), [("python3.13", "toys.py", PYTHON), ("nodejs22.x", "toys.js", NODE)]
    )
    async def test_other_ports_of_aws_are_refused_in_one_line(
        self,
        make_bench: BenchMaker,
        code_root: Path,
        tmp_path: Path,
        hosts: Hosts,
        runtime: str,
        file: str,
        code: str,
    ) -> None:
        (code_root / file).write_text(code)
        name = "with_socket"
        function = toy(code_root, name, runtime=runtime, timeout_seconds=30)
        bench = make_bench(function, local_aws=await hosts.start(tmp_path))
        assert "is not reached from the local run" in await call(bench, name)
        [(_, line)] = bench.logs.lines
        assert line == (
            "[local run] db.cluster.us-east-1.rds.amazonaws.com is AWS's: "
            "the local run does not let port 5432 through"
        )

    async def test_another_api_is_refused_and_named_once(
        self, make_bench: BenchMaker, code_root: Path, tmp_path: Path, hosts: Hosts
    ) -> None:
        (code_root / "toys.py").write_text(PYTHON)
        bench = make_bench(
            toy(code_root, "with_requests", timeout_seconds=30), local_aws=await hosts.start(tmp_path)
        )
        for _ in range(2):
            answer = await call(bench, "with_requests", url=f"https://{OTHER_API}/dev")
            assert json.loads(answer) == {"message": f"{OTHER_API} is no API of this local run"}
        assert hosts.said == [
            f"NOT REACHED  {OTHER_API}: it is not the address of this template's WebSocket API"
        ]


@pytest.mark.parametrize(
    ("host", "port", "place"),
    [
        (API, 443, ("127.0.0.1", 1)),
        ("Bucket.S3.Amazonaws.com.", 80, ("127.0.0.1", 2)),
        (b"sts.cn-north-1.amazonaws.com.cn", "https", ("127.0.0.1", 1)),
        ("lambda.us-east-1.api.aws", 443, ("127.0.0.1", 1)),
        ("169.254.169.254", 80, ("127.0.0.1", 2)),
        ("bedrock-runtime.us-east-1.amazonaws.com", 443, None),
        ("api.example.com", 443, None),
        ("notamazonaws.com", 443, None),
        ("amazonaws.com.example.com", 443, None),
        (None, 443, None),
    ],
)
def test_only_hosts_of_aws_are_led_here(host: object, port: object, place: tuple[str, int] | None) -> None:
    redirect = Redirect(https=1, http=2, real=["bedrock-runtime"], say=lambda _: None)
    assert redirect.place(host, port) == place


def test_a_port_that_nothing_here_answers_for_is_a_name_that_is_not_found() -> None:
    redirect = Redirect(https=1, http=2, real=[], say=lambda _: None)
    with pytest.raises(socket.gaierror, match="is not reached"):
        redirect.place("mq.amazonaws.com", 8883)
