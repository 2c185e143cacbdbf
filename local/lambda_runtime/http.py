"""HTTP as the Runtime API needs it: one client, requests answered in their order, maybe later.

Every invocation pays for two requests, so nothing stands between llhttp and the API.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Protocol

import httptools


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str]


Reply = Callable[[Answer], None]


class Api(Protocol):
    def handle(self, method: str, path: str, body: bytes, reply: Reply) -> None:
        """Answer a request by calling `reply`, once, now or later."""


class HttpConnection(asyncio.Protocol):
    def __init__(self, api: Api) -> None:
        self._api = api
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.WriteTransport | None = None
        self._closed = False
        self._url = b""
        self._body: list[bytes] = []
        self._is_reading = False
        self._unanswered = 0
        self._unsent: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport
            if self._closed:
                transport.close()

    def close(self) -> None:
        self._closed = True
        if self._transport is not None:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._is_reading = True
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._unanswered += 1
            self.reply(Answer(400, b"", {}))
            self._closed = True
        self._is_reading = False
        self._flush()
        if self._closed:
            self.close()

    # What the parser calls

    def on_message_begin(self) -> None:
        self._url = b""
        self._body.clear()

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._unanswered += 1
        path = self._url.partition(b"?")[0].decode("latin-1")
        self._api.handle(self._parser.get_method().decode(), path, b"".join(self._body), self.reply)

    def reply(self, answer: Answer) -> None:
        if self._transport is None:
            return
        lines = [
            f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
            "Content-Type: application/json",
            f"Content-Length: {len(answer.body)}",
            *(f"{name}: {value}" for name, value in answer.headers.items()),
            "\r\n",
        ]
        self._unsent.append("\r\n".join(lines).encode("latin-1") + answer.body)
        self._unanswered -= 1
        self._flush()

    def _flush(self) -> None:
        """Send the answers once all requests that have come have theirs.

        Who has sent two requests together reads both answers together: the first alone need not wake it.
        """
        if self._unsent and not self._unanswered and not self._is_reading and self._transport is not None:
            self._transport.writelines(self._unsent)
            self._unsent.clear()
