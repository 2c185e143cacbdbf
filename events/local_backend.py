"""A stand-in for the backend: `POST /api/v1/jobs` keeps nothing, it puts on the bus what a backend would say.

The application's guide uses this request to trigger test events, from a page on another port of this machine.
Only the local run starts it; no function has it.
"""

import asyncio
import itertools
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

PATH = "/api/v1/jobs"
MAX_BODY_BYTES = 60 * 1024
REQUIRED = ("company", "job_title")
OPTIONAL = ("job_description", "job_url", "location", "source")
# What the imagined applicant can do: enough to give jobs different scores.
SKILLS = ("python", "aws", "react", "sql", "docker", "typescript", "testing", "api")
ANALYSIS_STARTS_AFTER_SECONDS = 0.2
ANALYSIS_TAKES_SECONDS = 0.8


Put = Callable[[str, Mapping[str, Any]], Awaitable[None]]


def attach(app: web.Application, put: Put) -> None:
    """Add the request; `put` puts an event of a type on the bus."""
    LocalBackend(put).attach(app)


@dataclass(slots=True)
class LocalBackend:
    put: Put
    _job_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _analyses: set[asyncio.Task[None]] = field(default_factory=set)

    def attach(self, app: web.Application) -> None:
        app.router.add_post(PATH, self._create)
        app.router.add_options(PATH, self._preflight)
        app.on_cleanup.append(self._close)

    async def _create(self, request: web.Request) -> web.Response:
        headers = cross_origin(request)
        try:
            fields = validated(request, await request.content.read(MAX_BODY_BYTES + 1))
        except ValueError as exc:
            return web.json_response(
                {"error": "invalid_job", "problems": exc.args[0]}, status=422, headers=headers
            )
        job: dict[str, Any] = {"job_id": next(self._job_ids), **fields}
        await self.put(
            "job.created", {name: job[name] for name in ("job_id", *REQUIRED, "location", "source")}
        )
        task = asyncio.create_task(self._analyse(job))
        self._analyses.add(task)
        task.add_done_callback(self._analyses.discard)
        return web.json_response({**job, "status": "created"}, status=201, headers=headers)

    async def _preflight(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers=cross_origin(request))

    async def _analyse(self, job: Mapping[str, Any]) -> None:
        await asyncio.sleep(ANALYSIS_STARTS_AFTER_SECONDS)
        await self.put("job.analyzing", {name: job[name] for name in ("job_id", *REQUIRED)})
        await asyncio.sleep(ANALYSIS_TAKES_SECONDS)
        await self.put("job.analyzed", analysis(job))

    async def _close(self, app: web.Application) -> None:
        del app
        for task in self._analyses:
            task.cancel()
        await asyncio.gather(*self._analyses, return_exceptions=True)


def validated(request: web.Request, body: bytes) -> dict[str, str]:
    """The job in a request. Raises ValueError whose argument lists every problem."""
    # A page of another site can send plain text without asking first, JSON it cannot.
    if request.content_type != "application/json":
        raise ValueError(["Content-Type must be application/json"])
    if len(body) > MAX_BODY_BYTES:
        raise ValueError([f"the body is over {MAX_BODY_BYTES} bytes"])
    try:
        asked = json.loads(body)
    except ValueError as exc:
        raise ValueError([f"the body is not JSON: {exc}"]) from exc
    if not isinstance(asked, dict):
        raise ValueError(["the body must be a JSON object"])  # noqa: TRY004 - one kind of refusal
    problems = [f"{name} is required" for name in REQUIRED if not str(asked.get(name) or "").strip()]
    problems += [
        f"{name} must be text" for name in (*REQUIRED, *OPTIONAL) if not isinstance(asked.get(name, ""), str)
    ]
    url = asked.get("job_url") or ""
    if isinstance(url, str) and url and urlsplit(url).scheme not in {"http", "https"}:
        problems.append("job_url must be an http or https address")
    if problems:
        raise ValueError(problems)
    unsaid = {"job_description": "", "job_url": "", "location": "Remote", "source": "manual"}
    return {name: asked.get(name) or unsaid.get(name, "") for name in (*REQUIRED, *OPTIONAL)}


def analysis(job: Mapping[str, Any]) -> dict[str, Any]:
    """A score from the words of the job, so that the same job always gets the same."""
    text = f"{job['job_title']} {job['job_description']}".lower()
    matching = [skill for skill in SKILLS if re.search(rf"\b{skill}\b", text)]
    years = max((int(found) for found in re.findall(r"(\d{1,2})\+? years", text)), default=0)
    remote = "remote" in f"{text} {job['location'].lower()}"
    score = min(100.0, 62.5 + 7.5 * len(matching) + (5.0 if remote else 0.0))
    score = max(0.0, score - 2.5 * max(0, years - 4))
    strengths = [f"Strong {skill.upper() if len(skill) == 3 else skill.title()} match" for skill in matching]  # noqa: PLR2004 - AWS, SQL, API
    strengths += ["Location preference aligns"] if remote else []
    concerns = [f"Requires {years}+ years experience"] if years > 4 else []  # noqa: PLR2004 - the applicant's own
    concerns += [] if matching else ["The description names none of your skills"]
    recommendation = "apply_now" if score >= 80 else "consider" if score >= 60 else "skip"  # noqa: PLR2004 - the guide's
    return {
        "job_id": job["job_id"],
        "match_score": score,
        "recommendation": recommendation,
        "strengths": strengths or ["The role fits your level"],
        "concerns": concerns,
    }


def cross_origin(request: web.Request) -> dict[str, str]:
    """Lets pages of this machine, on whichever port, use the answer; others get no such header."""
    origin = request.headers.get("Origin", "")
    if urlsplit(origin).hostname not in {"localhost", "127.0.0.1", "::1"} and not origin.startswith(
        "chrome-extension://"
    ):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
