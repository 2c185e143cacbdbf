"""The control API of the gateway, for tests and developers: see connections, cut them, set faults.

Mount it with `app.add_subapp("/_tidings/gateway", control_app(gateway))`, before `gateway.attach(app)`.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .faults import Fault, FaultRule
from .loopback import loopback_only

if TYPE_CHECKING:
    from .connection import Connection
    from .gateway import Gateway

_FIELDS = tuple(field.name for field in fields(FaultRule))


def control_app(gateway: Gateway) -> web.Application:
    control = _Control(gateway)
    app = web.Application(middlewares=[loopback_only])
    app.router.add_get("/connections", control.connections)
    app.router.add_post("/connections/{connection_id}/reset", control.reset)
    app.router.add_post("/connections/{connection_id}/gone", control.gone)
    app.router.add_get("/faults", control.faults)
    app.router.add_put("/faults", control.set_faults)
    app.router.add_delete("/faults", control.clear_faults)
    return app


class _Control:
    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def connections(self, request: web.Request) -> web.Response:
        del request
        listed = [
            {
                "connectionId": connection.id,
                "connectedAt": connection.connected_at,
                "lastActiveAt": connection.last_active,
                "identity": connection.identity,
                "gone": connection.gone,
            }
            for connection in self._gateway.connections()
        ]
        return web.json_response({"connections": listed})

    async def reset(self, request: web.Request) -> web.Response:
        socket = self._connection(request).socket
        if socket is not None:
            socket.reset()
        return web.Response(status=204)

    async def gone(self, request: web.Request) -> web.Response:
        """The fault `connection-gone` for one connection that the caller names."""
        self._connection(request).gone = True
        return web.Response(status=204)

    def _connection(self, request: web.Request) -> Connection:
        connection = self._gateway.find(request.match_info["connection_id"])
        if connection is None:
            raise web.HTTPNotFound(text="no such connection")
        return connection

    async def faults(self, request: web.Request) -> web.Response:
        del request
        faults = self._gateway.faults
        rules = [asdict(rule) for rule in faults.rules]
        return web.json_response({"seed": faults.seed, "rules": rules})

    async def set_faults(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
            rules = [_rule(rule) for rule in asked["rules"]]
            seed = int(asked.get("seed", 0))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise web.HTTPBadRequest(text=f'want {{"seed": 1, "rules": [{{"fault": …}}]}}: {exc}') from exc
        self._gateway.faults.replace(rules, seed=seed)
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        self._gateway.faults.replace((), seed=0)
        return await self.faults(request)


def _rule(asked: dict[str, Any]) -> FaultRule:
    unknown = asked.keys() - set(_FIELDS)
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}; a rule has {', '.join(_FIELDS)}")
    try:
        fault = Fault(asked.get("fault", ""))
    except ValueError:
        raise ValueError(f"fault must be one of {', '.join(Fault)}") from None
    return FaultRule(**{**asked, "fault": fault})
