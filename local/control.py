"""The control API under /_tidings, on loopback only: the clock and the faults. The gateway has its own."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from local.clock import MovableClock
from local.cloud.cloud import Cloud
from local.cloud.faults import KINDS, rule_of
from local.cloud.invocations import PATH
from local.gateway.loopback import loopback_only
from local.time_travel import TimeTravel

MAX_ADVANCE_SECONDS = 366 * 86_400
MAX_BODY_BYTES = 7 * 1024 * 1024
"""Lambda takes 6 MB: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def control_app(cloud: Cloud, clock: MovableClock) -> web.Application:
    control = _Control(cloud, clock)
    app = web.Application(middlewares=[loopback_only], client_max_size=MAX_BODY_BYTES)
    app.router.add_get("/state", control.state)
    app.router.add_get("/clock", control.clock)
    app.router.add_post("/clock", control.advance)
    app.router.add_get("/faults", control.faults)
    app.router.add_put("/faults", control.set_faults)
    app.router.add_delete("/faults", control.clear_faults)
    app.router.add_post(f"/{PATH.rpartition('/')[2]}", cloud.invocations.handle)
    return app


class _Control:
    def __init__(self, cloud: Cloud, clock: MovableClock) -> None:
        self._cloud = cloud
        self._clock = clock
        self._time_travel = TimeTravel(clock, cloud)

    async def state(self, request: web.Request) -> web.Response:
        del request
        queues = {name: asdict(state) for name, state in (await self._cloud.aws.queues()).items()}
        return web.json_response({**self._time(), **self._cloud.state(), "queues": queues})

    async def clock(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self._time())

    async def advance(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
            seconds = float(asked["advance_seconds"])
            step = asked.get("step_seconds")
            step_seconds = None if step is None else float(step)
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise web.HTTPBadRequest(text=f'want {{"advance_seconds": 3600}}: {exc}') from exc
        if not 0 <= seconds <= MAX_ADVANCE_SECONDS:
            raise web.HTTPBadRequest(text=f"advance_seconds must be between 0 and {MAX_ADVANCE_SECONDS}")
        if step_seconds is not None and step_seconds <= 0:
            raise web.HTTPBadRequest(text="step_seconds must be positive")
        await self._time_travel.advance(seconds, step_seconds=step_seconds)
        return web.json_response(self._time())

    async def faults(self, request: web.Request) -> web.Response:
        del request
        faults = self._cloud.faults
        kinds = [{"fault": fault, **asdict(kind)} for fault, kind in KINDS.items()]
        rules = [asdict(rule) for rule in faults.rules]
        return web.json_response({"seed": faults.seed, "rules": rules, "kinds": kinds})

    async def set_faults(self, request: web.Request) -> web.Response:
        try:
            asked = await request.json()
            rules = [rule_of(rule) for rule in asked["rules"]]
            seed = int(asked.get("seed", 0))
        except (ValueError, KeyError, TypeError, AttributeError) as exc:
            raise web.HTTPBadRequest(text=f'want {{"seed": 1, "rules": [{{"fault": …}}]}}: {exc}') from exc
        await self._cloud.set_faults(rules, seed=seed)
        return await self.faults(request)

    async def clear_faults(self, request: web.Request) -> web.Response:
        await self._cloud.set_faults((), seed=0)
        return await self.faults(request)

    def _time(self) -> dict[str, Any]:
        return {"now": self._clock.now(), "offset_seconds": self._clock.offset_seconds}
