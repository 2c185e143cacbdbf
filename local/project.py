"""This repository's own application in the local run: template, page, and a producer to try it with."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web

from local import synth
from local.extras import Parts
from local.settings import REPOSITORY
from local.web.backend import PageBackend, page_app
from local.web.sample_producer import SampleProducer

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
    code_root = REPOSITORY
    mappings: tuple[str, ...] = ("api/v1/ws",)
    example_query = "user_id=user123&channels=jobs,applications"

    async def template(self, context: Mapping[str, str]) -> Path:
        return await synth.template_file(context)

    def attach(self, app: web.Application, parts: Parts) -> None:
        if parts.made.buses:
            SampleProducer(parts.clients.events, parts.made.buses[0]).attach(app)
        page = page_backend(parts)
        if page is not None:
            app.add_subapp("/_tidings/page", page_app(page))

    def example_event(self) -> Mapping[str, Any]:
        return {"Source": "me", "DetailType": "job.created", "Detail": json.dumps(EXAMPLE_DETAIL)}


def page_backend(parts: Parts) -> PageBackend | None:
    """The page looks into this project's own tables; another application's template has none of them."""
    names = {name: value for function in parts.functions for name, value in function.environment.items()}
    if not parts.made.buses or not {"CONNECTIONS_TABLE", "EVENTS_TABLE"} <= names.keys():
        return None
    return PageBackend(
        events=parts.clients.events,
        bus=parts.made.buses[0],
        dynamodb=parts.clients.dynamodb,
        connections_table=names["CONNECTIONS_TABLE"],
        events_table=names["EVENTS_TABLE"],
        connection_ids=lambda: [connection.id for connection in parts.gateway.connections()],
    )
