"""This repository's own application in the local run: template, page, and a producer to try it with."""

import asyncio
import hashlib
import importlib
import importlib.util
import json
import shlex
import time
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from local import quiet, synth
from local.extras import Parts, SynthFailed
from local.settings import DEFAULT_AWS_PORT, DEFAULT_PORT, REPOSITORY
from local.web import application
from local.web.backend import PageBackend, page_app
from local.web.sample_mailer import SampleMailer
from tidings import loading
from tidings.catalog import Catalog
from tidings.errors import DeclarationError

# So many channels the example asks for.
EXAMPLE_CHANNELS = 2
SOURCE = "local.backend"
CODE = REPOSITORY / ".cache" / "code"


class Project:
    code_root: Path | None = REPOSITORY
    mappings: tuple[str, ...] = ("api/v1/ws",)
    command = "scripts/tidings"
    _events: str = loading.DEFAULT
    _found: loading.Found | None = None
    _catalog: Catalog = Catalog()

    async def template(self, context: Mapping[str, str]) -> Path:
        self._events = context.get("events", loading.DEFAULT)
        try:
            found, self._catalog = await asyncio.to_thread(loading.check, self._events)
        except DeclarationError as wrong:
            raise SynthFailed(str(wrong)) from wrong
        self._found = found
        if found.root != REPOSITORY:
            self.code_root = _linked(found)
        return await synth.template_file(context, events=[path for path, _ in found.files()])

    def modules(self, context: Mapping[str, str]) -> tuple[Path, ...]:
        del context
        return ()

    def attach(self, app: web.Application, parts: Parts) -> None:
        environment = environment_of(parts)
        if not parts.made.buses or "EVENTS" not in environment:
            return
        SampleMailer(parts.clients.events, parts.clients.sqs, parts.made.buses[0]).attach(app)
        if self._found is None:  # the template is another CDK app's
            self._found, self._catalog = loading.check(environment["EVENTS"])
        backend = f"{self._found.module}.{loading.LOCAL_BACKEND}"
        if self._found.is_package and importlib.util.find_spec(backend):
            importlib.import_module(backend).attach(app, _put(parts))
        page = page_backend(parts, self.facts)
        if page is not None:
            app.add_subapp("/_tidings/page", page_app(page))

    def facts(self) -> Mapping[str, Any]:
        """What the page shows of the application, as its files are now."""
        self.problem()
        return application.facts(self._catalog)

    def problem(self) -> str | None:
        if self._found is None:
            return None
        try:
            _, self._catalog = loading.check(self._found, afresh=True)
        except DeclarationError as wrong:
            return str(wrong)
        return None

    @property
    def example_query(self) -> str:
        channels = list(application.facts(self._catalog)["channels"])[:EXAMPLE_CHANNELS]
        return f"user_id=user123&channels={','.join(channels)}"

    def shown(self, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return quiet.shown(entry)

    @property
    def _events_option(self) -> str:
        return "" if self._events == loading.DEFAULT else f" --events {shlex.quote(self._events)}"

    def listen_command(self, port: int) -> str:
        # The command is told the port where that is not the usual one.
        environment = "" if port == DEFAULT_PORT else f"TIDINGS_PORT={port} "
        return f"{environment}{self.command} listen --user user123{self._events_option}"

    def publish_command(self, aws_port: int) -> str:
        environment = "" if aws_port == DEFAULT_AWS_PORT else f"TIDINGS_AWS_PORT={aws_port} "
        type_name, data = application.example(self._catalog, now=time.time())
        return (
            f"{environment}{self.command} publish {type_name}{self._events_option} --wait "
            f"--data {shlex.quote(json.dumps(data))}"
        )

    def example_event(self) -> Mapping[str, Any]:
        type_name, data = application.example(self._catalog, now=time.time())
        return {"Source": "me", "DetailType": type_name, "Detail": json.dumps({"data": data})}


def _linked(found: loading.Found) -> Path:
    """A folder with links to the functions' sources and to events that lie elsewhere, as in the bundle."""
    folder = CODE / hashlib.sha256(str(found.file).encode()).hexdigest()[:20]
    folder.mkdir(parents=True, exist_ok=True)
    name = found.file.relative_to(found.root).parts[0]
    for source in (REPOSITORY / "functions", REPOSITORY / "shared", found.root / name):
        link = folder / source.name
        link.unlink(missing_ok=True)
        link.symlink_to(source)
    return folder


def _put(parts: Parts) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    async def put(event_type: str, data: Mapping[str, Any]) -> None:
        entry: Any = {
            "EventBusName": parts.made.buses[0],
            "Source": SOURCE,
            "DetailType": event_type,
            "Detail": json.dumps({"data": data}),
        }
        await asyncio.to_thread(parts.clients.events.put_events, Entries=[entry])

    return put


def environment_of(parts: Parts) -> Mapping[str, str]:
    """What the functions are told, all together."""
    return {name: value for function in parts.functions for name, value in function.environment.items()}


def page_backend(parts: Parts, facts: Callable[[], Mapping[str, Any]]) -> PageBackend | None:
    """The page looks into this project's own tables; another application's template has none of them."""
    names = environment_of(parts)
    needed = {"CONNECTIONS_TABLE", "EVENTS_TABLE", "REJECTED_QUEUE_URL"}
    if not parts.made.buses or not needed <= names.keys():
        return None
    return PageBackend(
        events=parts.clients.events,
        bus=parts.made.buses[0],
        dynamodb=parts.clients.dynamodb,
        connections_table=names["CONNECTIONS_TABLE"],
        events_table=names["EVENTS_TABLE"],
        sqs=parts.clients.sqs,
        rejected_queue_url=names["REJECTED_QUEUE_URL"],
        connection_ids=lambda: [connection.id for connection in parts.gateway.connections()],
        application=facts,
    )
