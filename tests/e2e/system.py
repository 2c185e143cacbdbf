"""The real system as a subprocess: `python -m local` on free ports, and what a test does with it."""

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import boto3
from websockets.asyncio.client import ClientConnection, connect

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

REPOSITORY = Path(__file__).parents[2]
UP_WITHIN_SECONDS = 90.0
ANSWER_WITHIN_SECONDS = 30.0


class DidNotStart(Exception):
    """The process ended, or was not up in time; the message is what it printed."""


@dataclass
class Client:
    """One WebSocket client and what it has been sent so far."""

    socket: ClientConnection

    async def next(self) -> dict[str, Any]:
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            message: dict[str, Any] = json.loads(await self.socket.recv())
            return message

    async def next_of(self, *types: str) -> dict[str, Any]:
        """The next message of one of these types; others in between are passed over."""
        while True:
            message = await self.next()
            if message["type"] in types:
                return message

    async def ask(self, **message: Any) -> dict[str, Any]:
        await self.socket.send(json.dumps(message))
        return await self.next_of(
            "system.subscribed", "system.unsubscribed", "system.channels", "system.error", "system.pong"
        )

    async def told_since(self) -> list[dict[str, Any]]:
        """Everything received up to the answer to a question asked now."""
        await self.socket.send(json.dumps({"action": "list_channels"}))
        told = []
        while (message := await self.next())["type"] != "system.channels":
            told.append(message)
        return told


class System:
    def __init__(self, process: "subprocess.Popen[bytes]", facts: dict[str, Any], log: Path) -> None:
        self.process = process
        self.gateway: str = facts["gateway"]
        self.aws: str = facts["aws"]
        self.bus: str = facts["bus"]
        self.stage_url, self.guide_url, *_ = facts["websocket_urls"]
        self.log = log
        session = boto3.Session(
            aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
        )
        self.events: EventBridgeClient = session.client("events", endpoint_url=self.aws)
        self.sqs: SQSClient = session.client("sqs", endpoint_url=self.aws)
        self.dynamodb: DynamoDBClient = session.client("dynamodb", endpoint_url=self.aws)

    @classmethod
    def start(
        cls, folder: Path, *arguments: str, port: int = 0, aws_port: int = 0, reload: bool = False
    ) -> Self:
        ready, log = folder / "ready.json", folder / "system.log"
        ready.unlink(missing_ok=True)
        command = [
            sys.executable,
            "-m",
            "local",
            "--port",
            str(port),
            "--aws-port",
            str(aws_port),
        ]
        if not reload:
            command.append("--no-reload")
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - our own program
                [*command, "--ready-file", str(ready), *arguments],
                cwd=REPOSITORY,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "COLUMNS": "200"},
            )
        deadline = time.monotonic() + UP_WITHIN_SECONDS
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                raise DidNotStart(log.read_text())
            time.sleep(0.05)
        return cls(process, json.loads(ready.read_text()), log)

    def stop(self) -> int:
        """Ctrl-C; returns the exit status."""
        self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            for client in (self.events, self.sqs, self.dynamodb):
                client.close()

    @contextlib.asynccontextmanager
    async def client(self, query: str = "", *, url: str | None = None) -> AsyncIterator[Client]:
        """Connected and welcomed."""
        address = (url or self.guide_url) + (f"?{query}" if query else "")
        async with connect(address, ping_interval=None, open_timeout=ANSWER_WITHIN_SECONDS) as socket:
            client = Client(socket)
            welcome = await client.next_of("system.connected")
            assert welcome["data"]["connection_id"]
            yield client

    async def put(self, event_type: str, data: dict[str, Any], **options: Any) -> str:
        """Put an event on the bus as a producer does; returns EventBridge's id."""
        entry: Any = {
            "EventBusName": self.bus,
            "Source": "tests",
            "DetailType": event_type,
            "Detail": json.dumps({"data": data, **options}),
        }
        answer = await asyncio.to_thread(self.events.put_events, Entries=[entry])
        assert answer["FailedEntryCount"] == 0
        return answer["Entries"][0]["EventId"]

    async def advance(self, seconds: float, **options: Any) -> None:
        await self.control("POST", "/_tidings/clock", {"advance_seconds": seconds, **options})

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = await asyncio.to_thread(self.request, method, path, body)
        assert status == 200, answer
        return answer

    def request(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own address
            self.gateway + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=300) as response:  # noqa: S310 - as above
                return response.status, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                text = error.read().decode()
                return error.code, json.loads(text) if text.startswith("{") else text

    async def queue_message(self, part_of_name: str) -> dict[str, Any]:
        """The next message of the queue whose name contains this."""
        urls = (await asyncio.to_thread(self.sqs.list_queues))["QueueUrls"]
        [url] = [url for url in urls if re.search(part_of_name, url)]
        async with asyncio.timeout(ANSWER_WITHIN_SECONDS):
            while True:
                answer = await asyncio.to_thread(
                    self.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=2, MessageAttributeNames=["All"]
                )
                for message in answer.get("Messages", []):
                    await asyncio.to_thread(
                        self.sqs.delete_message, QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                    )
                    return dict(message)


def descendants(pid: int) -> Iterator[int]:
    """Every process below this one, as Linux tells."""
    for task in Path(f"/proc/{pid}/task").glob("*"):
        try:
            children = (task / "children").read_text().split()
        except FileNotFoundError:  # a thread that has ended since
            continue
        for child in children:
            yield int(child)
            yield from descendants(int(child))
