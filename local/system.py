"""Puts the local system together, starts it and stops it: the only place that knows all parts."""

import asyncio
import contextlib
import functools
import logging
import tempfile
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from rich.console import Console

from local import banner, ports, ready_file, start_faults
from local.aws_hosts import AwsHosts, Places
from local.banner import Running
from local.clock import MovableClock
from local.cloud import resources as aws_resources
from local.cloud.aws_process import AwsProcess
from local.cloud.cloud import Cloud, Surroundings
from local.cloud.endpoints import Endpoints
from local.cloud.functions import functions
from local.cloud.intrinsics import Account
from local.cloud.passed_over import passed_over
from local.cloud.resources import Resources
from local.cloud.service_calls import ServiceCalls
from local.cloud.stack import Stack
from local.cloud.template import load
from local.cloud.values import Values
from local.cloud.websocket_api import api_mappings, check_functions, websocket_api
from local.control import control_app
from local.extras import Extras, Parts
from local.gateway import PARSER_LIMITS, Gateway, OneLineForBadRequests
from local.gateway import control_app as gateway_control_app
from local.health import Health
from local.lambda_runtime.function import Function, LocalAws, RuntimeSettings
from local.lambda_runtime.logs import ConsoleLogs, Shown
from local.lambda_runtime.reload import changes
from local.listener import listen
from local.real_aws import real_environment
from local.settings import Settings
from local.tls import Authority
from local.web.files import attach_page


class AwsEnded(Exception):
    """moto's process has ended while the system was up: its tables and queues are gone."""


@contextlib.asynccontextmanager
async def running(
    settings: Settings, console: Console, extras: Extras | None = None
) -> AsyncIterator[tuple[Running, AwsProcess]]:
    """The whole system, up within the block. Raises TemplateError, SynthFailed, PortTaken, AwsNotStarted."""
    async with contextlib.AsyncExitStack() as cleanup:
        sockets = ports.listen(settings.port, another=_another(settings, "TIDINGS_PORT", "--port"))
        for opened in sockets:
            cleanup.callback(opened.close)
        another = _another(settings, "TIDINGS_AWS_PORT", "--aws-port")
        ports.check_free(settings.aws_port, another=another)
        # Both take a second or more: at the same time.
        template_path = asyncio.create_task(_template_path(settings, extras))
        cleanup.push_async_callback(_cancel, template_path)
        scratch = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="local-run-")))
        authority = asyncio.create_task(asyncio.to_thread(Authority, scratch))
        gateway_port = sockets[0].getsockname()[1]
        aws = await AwsProcess.start(settings.aws_port, main_port=gateway_port)
        cleanup.push_async_callback(aws.close)

        endpoints = Endpoints(gateway_port=gateway_port, aws_port=aws.port)
        account = Account()
        stack = Stack(
            load(await template_path),
            account=account,
            endpoints=endpoints,
            parameters=settings.parameters,
            given=Values(secrets=settings.secrets, parameters=settings.ssm),
        )
        api = websocket_api(stack, stage_name=settings.stage)
        say = functools.partial(console.print, style="yellow", markup=False)
        modules = extras.modules(settings.context) if extras and settings.template is None else ()
        root = _code_root(settings, extras)
        runs = list(functions(stack, scratch=scratch, code_root=root, modules=modules, say=say))
        check_functions(api, runs)
        places = Places(api_id=api.api_id, gateway_port=gateway_port, aws_port=aws.port)
        aws_hosts = AwsHosts(await authority, places, say=say)
        await aws_hosts.start()
        cleanup.push_async_callback(aws_hosts.close)
        clients = await asyncio.to_thread(aws_resources.clients, endpoints.aws, account.region)
        made = await asyncio.to_thread(aws_resources.create, stack, clients)

        clock = MovableClock(offset_seconds=settings.clock_offset_seconds)
        await aws.move_clock(clock.offset_seconds)
        cloud = Cloud(
            stack,
            made,
            runs,
            Surroundings(
                aws=aws,
                events=clients.events,
                clock=clock,
                logs=ConsoleLogs(
                    console,
                    metrics="short" if settings.show_metrics else "hidden",
                    prefix=f"{stack.template.stack_name}-",
                    shown=_shown(settings, extras),
                ),
                settings=_runtime_settings(settings, endpoints, aws_hosts),
            ),
        )
        cleanup.push_async_callback(cloud.close)
        mappings = (*settings.mappings, *api_mappings(stack, api))
        gateway = Gateway(
            api,
            cloud.runtime,
            clock=clock,
            mappings=mappings,
            services=await cleanup.enter_async_context(ServiceCalls(endpoints.aws)),
            http_anywhere=settings.http_anywhere,
        )
        of_cloud, of_gateway = start_faults.sort(settings.faults)
        await cloud.set_faults(of_cloud, seed=settings.seed)
        gateway.faults.replace(of_gateway, seed=settings.seed)
        app = _application(cloud, clock, Parts(gateway, clients, made, runs), extras)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0, **PARSER_LIMITS)
        logging.getLogger("aiohttp.server").addFilter(OneLineForBadRequests())
        await runner.setup()
        cleanup.push_async_callback(runner.cleanup)
        cloud.start()
        for opened in sockets:
            await listen(runner, opened, authority.result() if settings.template else None, cleanup)
        if settings.reload:
            watched = {*modules, *(function.code_root for function in runs)}
            cleanup.push_async_callback(
                _cancel, asyncio.create_task(_reload(cloud, watched, console, extras))
            )
        yield _running(stack, endpoints, (api.stage_name, *mappings), runs, made), aws


async def serve(
    settings: Settings, console: Console, stop: asyncio.Event, extras: Extras | None = None
) -> None:
    """Run until told to stop. Raises AwsEnded."""
    async with running(settings, console, extras) as (system, aws):
        if not stop.is_set():
            banner.show(system, console, extras if settings.template is None else None)
        if settings.ready_file is not None:
            ready_file.write(settings.ready_file, system)
        stopped, ended = asyncio.create_task(stop.wait()), asyncio.create_task(aws.ended())
        await asyncio.wait([stopped, ended], return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(_cancel(stopped), _cancel(ended))
        console.print("Stopping …", style="dim")
        if not stop.is_set():
            raise AwsEnded("moto's process has ended, and the state with it. Start the local system again.")


def _another(settings: Settings, variable: str, flag: str) -> str:
    """How to choose another port, in the words of the command that was given."""
    return f"{variable}={{port}} make run" if settings.template is None else f"{flag} {{port}}"


async def _template_path(settings: Settings, extras: Extras | None) -> Path:
    if settings.template is None and extras is not None:
        return await extras.template(settings.context)
    return settings.template or Path()


def _code_root(settings: Settings, extras: Extras | None) -> Path | None:
    if settings.code_root is not None:
        return settings.code_root.resolve()
    # Our own functions run from their sources: the bundle is made for another processor.
    return extras.code_root if settings.template is None and extras is not None else None


def _shown(settings: Settings, extras: Extras | None) -> Shown:
    # Whoever asks for metrics wants to see everything.
    return (lambda entry: entry) if settings.show_metrics or extras is None else extras.shown


def _runtime_settings(settings: Settings, endpoints: Endpoints, aws_hosts: AwsHosts) -> RuntimeSettings:
    region = Account().region
    return RuntimeSettings(
        max_sandboxes=settings.max_sandboxes,
        runtime_client=settings.runtime_client,
        endpoint_url=endpoints.aws,
        region=region,
        local_aws=LocalAws(
            https_port=aws_hosts.port,
            http_port=endpoints.aws_port,
            certificate=aws_hosts.authority.certificate,
            bundle=aws_hosts.authority.bundle,
            real=settings.real_aws,
            real_environment=real_environment(settings.real_aws, region),
        ),
    )


def _application(cloud: Cloud, clock: MovableClock, parts: Parts, extras: Extras | None) -> web.Application:
    app = web.Application()
    app.router.add_get("/health", Health(cloud, parts.gateway).handle)
    attach_page(app)
    app.add_subapp("/_tidings/gateway", gateway_control_app(parts.gateway))
    if extras is not None:
        extras.attach(app, parts)
    app.add_subapp("/_tidings", control_app(cloud, clock))
    parts.gateway.attach(app)
    return app


async def _reload(cloud: Cloud, folders: Iterable[Path], console: Console, extras: Extras | None) -> None:
    async for files in changes(folders):
        names = ", ".join(file.name for file in files[:3])
        console.print(f"{names} changed: functions reload", style="dim", markup=False)
        cloud.runtime.reload()
        problem = await asyncio.to_thread(extras.problem) if extras else None
        if problem is not None:
            console.print(problem, style="red", markup=False, soft_wrap=True)


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _running(
    stack: Stack, endpoints: Endpoints, paths: Sequence[str], runs: list[Function], made: Resources
) -> Running:
    base = endpoints.gateway.replace("http://", "ws://")
    return Running(
        gateway=endpoints.gateway,
        aws=endpoints.aws,
        websocket_urls=[f"{base}/{path}" for path in paths],
        bus=made.buses[0] if made.buses else None,
        functions=[function.name for function in runs],
        tables=made.tables,
        queues=made.queues,
        left_out=stack.left_out(),
        unknown=[*stack.unknown(), *passed_over(stack)],
    )
