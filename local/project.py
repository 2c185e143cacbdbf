"""This repository's own application in the local run: template, page, and a producer to try it with."""

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from local import quiet, synth
from local.extras import Parts
from local.settings import DEFAULT_AWS_PORT, DEFAULT_PORT, REPOSITORY
from local.web.backend import PageBackend, page_app
from local.web.sample_mailer import SampleMailer
from local.web.sample_producer import SampleProducer

EXAMPLE_TYPE = "job.created"
EXAMPLE_DETAIL = {
    "data": {
        "job_id": 42,
        "company": "Google",
        "job_title": "Senior Software Engineer",
        "location": "Mountain View, CA",
        "source": "linkedin",
    }
}


class Project:
    code_root: Path | None = REPOSITORY
    mappings: tuple[str, ...] = ("api/v1/ws",)
    example_query = "user_id=user123&channels=jobs,applications"

    async def template(self, context: Mapping[str, str]) -> Path:
        return await synth.template_file(context)

    def modules(self, context: Mapping[str, str]) -> tuple[Path, ...]:
        del context
        return ()

    def attach(self, app: web.Application, parts: Parts) -> None:
        if parts.made.buses:
            SampleProducer(parts.clients.events, parts.made.buses[0]).attach(app)
            SampleMailer(parts.clients.events, parts.clients.sqs, parts.made.buses[0]).attach(app)
        page = page_backend(parts)
        if page is not None:
            app.add_subapp("/_tidings/page", page_app(page))

    def shown(self, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
        return quiet.shown(entry)

    def listen_command(self, port: int) -> str:
        # The command is told the port where that is not the usual one.
        environment = "" if port == DEFAULT_PORT else f"TIDINGS_PORT={port} "
        return f"{environment}scripts/tidings listen --user user123"

    def publish_command(self, aws_port: int) -> str:
        environment = "" if aws_port == DEFAULT_AWS_PORT else f"TIDINGS_AWS_PORT={aws_port} "
        data = shlex.quote(json.dumps(EXAMPLE_DETAIL["data"]))
        return f"{environment}scripts/tidings publish {EXAMPLE_TYPE} --wait --data {data}"

    def example_event(self) -> Mapping[str, Any]:
        return {"Source": "me", "DetailType": EXAMPLE_TYPE, "Detail": json.dumps(EXAMPLE_DETAIL)}


def page_backend(parts: Parts) -> PageBackend | None:
    """The page looks into this project's own tables; another application's template has none of them."""
    names = {name: value for function in parts.functions for name, value in function.environment.items()}
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
    )
