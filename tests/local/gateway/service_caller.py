"""Stands for the AWS services: keeps the calls of integrations, and answers as a test says."""

from __future__ import annotations

import asyncio

from local.gateway import BackendResponse, ServiceCall

PATIENCE_SECONDS = 10


class Services:
    def __init__(self) -> None:
        self.calls: list[ServiceCall] = []
        self.answer = BackendResponse(200, b'{"MessageId": "m1"}', {"Content-Type": "application/json"})
        self.unreachable = False
        self.held_back: asyncio.Event | None = None
        self._called = asyncio.Event()

    async def call(self, call: ServiceCall) -> BackendResponse:
        self.calls.append(call)
        self._called.set()
        if self.unreachable:
            raise ConnectionRefusedError("nobody listens")
        if self.held_back is not None:
            await self.held_back.wait()
        return self.answer

    async def first_call(self) -> ServiceCall:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._called.wait()
        return self.calls[0]
