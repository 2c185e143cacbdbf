"""The gateway: puts the parts together and onto an aiohttp application."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from aiohttp import web

from .clock import Clock, SystemClock
from .closing import GOING_AWAY, Closure
from .disconnects import Disconnects
from .faults import Faults
from .handshake import Handshake
from .integration import FunctionCaller
from .integrations import HttpClient, IntegrationBuilder
from .limits import GatewayLimits
from .management import Management
from .messages import Messages
from .registry import Registry
from .routing import RouteTable
from .services import Services
from .sigv4 import SignatureCheck
from .throttle import TokenBucket
from .upgrade import wants_websocket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiohttp.typedefs import Handler

    from .connection import Connection
    from .integrations import ServiceCaller
    from .invoker import Invoker
    from .model import WebSocketApi


class Gateway:
    """One WebSocket API with its stage. Raises GatewayConfigurationError for an API it cannot emulate.

    `mappings` are further paths of the same stage, as a custom domain's API mappings give it.
    `credentials` (access key id to secret) switch the verification of signatures on. `services` carries out
    the calls of AWS integrations. HTTP integrations reach other machines only with `http_anywhere`.
    """

    def __init__(  # noqa: PLR0913  (settings, each with its default)
        self,
        api: WebSocketApi,
        invoker: Invoker,
        *,
        clock: Clock | None = None,
        limits: GatewayLimits | None = None,
        faults: Faults | None = None,
        mappings: Iterable[str] = (),
        credentials: Mapping[str, str] | None = None,
        services: ServiceCaller | None = None,
        http_anywhere: bool = False,
    ) -> None:
        clock = clock or SystemClock()
        limits = limits or GatewayLimits()
        self.api = api
        self.faults = faults or Faults()
        self._limits = limits
        paths = (api.stage_name, *(mapping.strip("/") for mapping in mappings))
        self._bases = tuple(dict.fromkeys(paths))
        self._http = HttpClient(anywhere=http_anywhere)
        functions = FunctionCaller(invoker)
        builder = IntegrationBuilder(api, functions, services, self._http)
        self._services = Services(
            api=api,
            clock=clock,
            limits=limits,
            faults=self.faults,
            functions=functions,
            routes=RouteTable(api, builder=builder, clock=clock),
            registry=Registry(clock=clock, limits=limits),
            account=TokenBucket(
                rate_per_second=limits.requests_per_second, burst=limits.requests_burst, clock=clock
            ),
            handshakes=TokenBucket(
                rate_per_second=limits.connections_per_second, burst=limits.connections_burst, clock=clock
            ),
        )
        self._messages = Messages(self._services)
        self._disconnects = Disconnects(self._services)
        self._handshake = Handshake(self._services, listener=self)
        signatures = SignatureCheck(credentials or {}, limits.clock_skew_seconds)
        self._management = Management(self._services, signatures=signatures)

    def attach(self, app: web.Application) -> None:
        """Add the gateway's paths. Paths of your own that hold no `/{stage}` may be added before or after,
        except `/`, which must come before: what nobody serves is answered 403, as on an execute-api host.
        Handshakes at `/` reach the gateway all the same when a mapping is empty.
        """
        for base in self._bases:
            prefix = f"/{base}" if base else ""  # a mapping may be empty: the domain's root
            # Mappings of several levels turn all header names to lower case:
            # https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-mappings.html
            handle = partial(self._handshake.handle, lower_case_names="/" in base)
            for path in {prefix, f"{prefix}/"} - {""}:
                app.router.add_get(path, handle, allow_head=False)
            # An endpoint that ends in a slash makes SDKs send two.
            resource = app.router.add_resource(f"{prefix}/{{slashes:/*}}@connections/{{connection_id}}")
            for method in ("POST", "GET", "DELETE"):
                resource.add_route(method, self._management.handle)
        if "" in self._bases:
            app.middlewares.append(self._handshakes_at_the_root)
        app.router.add_route("*", "/{unknown:.*}", _forbidden)
        app.on_shutdown.append(self._on_shutdown)

    @web.middleware
    async def _handshakes_at_the_root(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Whoever else serves `/` has it for everything but handshakes."""
        if request.path == "/" and wants_websocket(request):
            return await self._handshake.handle(request)
        return await handler(request)

    def connections(self) -> tuple[Connection, ...]:
        return tuple(self._services.registry)

    def find(self, connection_id: str) -> Connection | None:
        return self._services.registry.get(connection_id)

    def message(self, connection: Connection, text: str) -> None:
        self._messages.receive(connection, text)

    def ended(self, connection: Connection, closure: Closure) -> None:
        self._services.registry.remove(connection)
        self._disconnects.fire(connection, closure)

    async def close(self) -> None:
        """Close every socket, let the last $disconnects run for a bounded time, and stop."""
        self._handshake.close()
        self._management.close()
        self._services.registry.stop()
        sockets = [connection.socket for connection in self.connections() if connection.socket is not None]
        for socket in sockets:
            socket.close(GOING_AWAY)
        timeout_seconds = self._limits.shutdown_timeout_seconds
        await asyncio.gather(
            self._messages.close(timeout_seconds=timeout_seconds),
            self._disconnects.close(timeout_seconds=timeout_seconds),
            *(socket.wait_gone() for socket in sockets),
        )
        self._services.functions.close()
        await self._http.close()

    async def _on_shutdown(self, app: web.Application) -> None:
        del app
        await self.close()


async def _forbidden(request: web.Request) -> web.Response:
    del request
    return web.json_response(
        {"message": "Forbidden"}, status=403, headers={"x-amzn-ErrorType": "ForbiddenException"}
    )
