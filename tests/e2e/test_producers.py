"""Every event type as boto3 puts it on the bus, and the guide's request from a page on another port."""

import http.client
from typing import Any

import pytest

from tests.e2e.system import System
from tests.fakes.catalog import CATALOG
from tests.fakes.payloads import PAYLOADS

pytestmark = pytest.mark.network

ALL_CHANNELS = "channels=jobs,applications,recommendations,skills,followups,interviews,system"
SHOWN = sorted(name for name, event in CATALOG.items() if event.channel and event.from_producers)
# The guide's console snippet, word for word.
GUIDES_JOB = {
    "company": "Test Corp",
    "job_title": "Test Engineer",
    "job_description": "Test job",
    "job_url": "https://test.com/job/123",
    "location": "Test City",
    "source": "test",
}
FRONTEND = {"Origin": "http://localhost:3000"}


@pytest.mark.parametrize("event_type", SHOWN)
async def test_each_event_type_reaches_a_subscriber_in_the_documented_envelope(
    system: System, event_type: str
) -> None:
    async with system.client(ALL_CHANNELS) as client:
        event_id = await system.put(event_type, PAYLOADS[event_type])
        message = await client.next_of(event_type)
        while message["id"] != event_id:
            message = await client.next_of(event_type)
    channel = CATALOG[event_type].channel
    assert message["data"] == PAYLOADS[event_type]
    assert message["channel"] == str(channel)
    assert set(message) >= {"type", "data", "timestamp", "id", "channel"}


async def test_the_guides_console_snippet_logs_created_and_analyzed(system: System) -> None:
    async with system.client("user_id=test&channels=jobs,applications") as client:
        status, job = system.request("POST", "/api/v1/jobs", GUIDES_JOB, FRONTEND)
        assert status == 201
        # In any order: the first event may find the welcome under way still, and wait for a second.
        told: dict[str, dict[str, Any]] = {}
        while len(told) < 3:
            message = await client.next()
            if message["data"].get("job_id") == job["job_id"]:
                told[message["type"]] = message["data"]
    created, analyzing, analyzed = (told[f"job.{name}"] for name in ("created", "analyzing", "analyzed"))
    assert created == {
        "job_id": job["job_id"],
        "company": "Test Corp",
        "job_title": "Test Engineer",
        "location": "Test City",
        "source": "test",
    }
    assert analyzing == {"job_id": job["job_id"], "company": "Test Corp", "job_title": "Test Engineer"}
    assert set(analyzed) == {"job_id", "match_score", "recommendation", "strengths", "concerns"}


def preflight(system: System, origin: str) -> Any:
    host, _, port = system.gateway.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port))
    try:
        connection.request("OPTIONS", "/api/v1/jobs", headers={"Origin": origin})
        return connection.getresponse().headers
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("origin", "answer"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:5173", "http://127.0.0.1:5173"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("https://evil.example", None),
        ("http://localhost.evil.example", None),
    ],
)
async def test_pages_of_this_machine_may_ask_and_others_may_not(
    system: System, origin: str, answer: str | None
) -> None:
    headers = preflight(system, origin)
    assert headers["Access-Control-Allow-Origin"] == answer
    assert headers["Access-Control-Allow-Headers"] == (answer and "Content-Type")
