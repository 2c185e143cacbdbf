"""GET /health: the state of each part, 200 when all is well and 503 when something is not."""

from typing import Any

import aiohttp
from aiohttp import web

from local.cloud.cloud import Cloud
from local.gateway import Gateway


class Health:
    def __init__(self, cloud: Cloud, gateway: Gateway) -> None:
        self._cloud = cloud
        self._gateway = gateway

    async def parts(self) -> dict[str, dict[str, Any]]:
        return {
            "gateway": {"status": "ok", "connections": len(self._gateway.connections())},
            "aws": await self._aws(),
            **{f"function {name}": _function(state) for name, state in self._cloud.runtime.state().items()},
            "queues": {
                "status": "ok" if all(poller.alive for poller in self._cloud.pollers) else "failed",
                "read": [poller.queue_name for poller in self._cloud.pollers],
            },
            "schedules": {
                "status": "ok" if self._cloud.schedules.alive else "failed",
                "fired": dict(self._cloud.schedules.fired),
            },
        }

    async def handle(self, request: web.Request) -> web.Response:
        del request
        parts = await self.parts()
        well = all(part["status"] == "ok" for part in parts.values())
        return web.json_response(
            {"status": "ok" if well else "failed", "parts": parts}, status=200 if well else 503
        )

    async def _aws(self) -> dict[str, Any]:
        if not self._cloud.aws.alive:
            return {"status": "failed", "reason": "moto's process has ended; start the local system again"}
        try:
            queues = await self._cloud.aws.queues()
        except (aiohttp.ClientError, TimeoutError) as exc:
            return {"status": "failed", "reason": f"moto does not answer: {exc}"}
        return {
            "status": "ok",
            "waiting": {name: state.visible for name, state in queues.items() if state.visible},
        }


def _function(state: dict[str, Any]) -> dict[str, Any]:
    return {"status": "failed" if state["failure"] else "ok", **state}
