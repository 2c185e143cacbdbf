"""Broken stages are told by name: the check of the broken promise fails, and no unrelated one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from ops.stage import Stage
from tests.e2e.breaking import Asked, Link, Message, Told, ask_as_it_is, proxy, tell_as_it_is
from tests.e2e.system import System
from verify.__main__ import chosen, what_is_lacking
from verify.place import find
from verify.runner import Runner, Verdict
from verify.tables import remove_traces
from verify.world import World

pytestmark = [pytest.mark.network, pytest.mark.slow]

# Of every chapter something quick. A breakage may name those that it affects, too.
BYSTANDERS = (
    "welcome-fields",
    "unknown-channels",
    "subscribe",
    "list-channels",
    "message-too-large",
    "event-envelope",
    "channels-apart",
    "post-arrives",
)
EVENTS = ("event-envelope", "channels-apart")


async def broken(
    system: System,
    address: str | None,
    *names: str,
    origin: str | None = None,
    bystanders: Sequence[str] = BYSTANDERS,
) -> set[str]:
    """Which of these checks, and of the bystanders, the stage at this address does not pass."""
    stage = Stage("local", endpoint=system.aws)
    place = await asyncio.to_thread(find, stage, address, {"TIDINGS_GATEWAY_URL": system.gateway})
    world = World(place=place, authenticates=False, source="tests", origin=origin)
    lacking = what_is_lacking(world, full=False, disturb=True)
    try:
        results = await Runner(world, lacking, jobs=12).run(chosen([*names, *bystanders]))
    finally:
        remove_traces(stage, users=world.users, tickets=world.tickets, events=world.event_ids)
    assert [one.check.name for one in results if one.verdict is Verdict.NOT_ASKED] == []
    return {one.check.name for one in results if one.verdict is Verdict.BROKEN}


def changed(change: Callable[[Message], Message]) -> Told:
    async def told(link: Link, message: Message) -> None:
        await link.tell(change(message))

    return told


def data_of(event_type: str, **fields: Any) -> Told:
    """Messages of this type are told with these fields instead; None drops one."""

    def change(message: Message) -> Message:
        if message["type"] != event_type:
            return message
        data = {**message["data"], **fields}
        return {**message, "data": {name: value for name, value in data.items() if value is not None}}

    return changed(change)


def late(event_type: str, seconds: float, *, first_only: bool = False) -> Told:
    async def told(link: Link, message: Message) -> None:
        if message["type"] == event_type and not (first_only and link.memory):
            link.memory.append(message)
            asyncio.get_running_loop().call_later(seconds, lambda: asyncio.ensure_future(link.tell(message)))
        else:
            await link.tell(message)

    return told


async def sorted_channels(link: Link, message: Message) -> None:
    if message["type"] == "system.connected":
        message["data"]["channels"].sort()
    await link.tell(message)


async def errors_without_request_id(link: Link, message: Message) -> None:
    if message["type"] == "system.error":
        message["data"].pop("request_id", None)
    await link.tell(message)


async def to_other_users(link: Link, message: Message) -> None:
    hears = {one for one in link.everybody if message.get("channel") in one.channels} | {link}
    for one in hears if "id" in message else (link,):
        with contextlib.suppress(Exception):
            await one.tell(message)


async def second_attempts(link: Link, message: Message) -> None:
    await link.tell(message)
    if message["data"].get("attempt") == 1:
        await link.tell({**message, "data": {**message["data"], "attempt": 2}})


async def another_code(link: Link, message: Message) -> None:
    if message["data"].get("code") == "unknown_action":
        message["data"]["code"] = "invalid_message"
    await link.tell(message)


async def unknown_fields_dropped(link: Link, message: Message) -> None:
    message["data"].pop("nested", None)
    await link.tell(message)


async def without_previous(link: Link, message: Message) -> None:
    await link.tell({**message, "previous": 0} if "previous" in message else message)


async def words_by_stream(link: Link, message: Message) -> None:
    text = message["data"].get("message", "")
    if message["data"].get("code") == "forbidden_channel":
        message["data"]["message"] = text if "user#" in text else "There is no such stream."
    await link.tell(message)


async def no_rate(link: Link, message: Message) -> None:
    if message["data"].get("code") != "rate_limited":
        await link.tell(message)


async def closed_for_nonsense(link: Link, message: Message) -> None:
    await link.tell(message)
    if message["data"].get("code") == "invalid_json":
        await link.client.close()


async def pong_answered(link: Link, text: str) -> None:
    if '"pong"' in text:
        await link.client.send("")
    await link.system.send(text)


@dataclass(frozen=True)
class Case:
    """A breakage on the way, and the check that must name it."""

    check: str
    told: Told = tell_as_it_is
    asked: Asked = ask_as_it_is


CASES = [
    Case("two-hours", data_of("system.connected", expires_at="2000-01-01T00:00:00Z")),
    Case("channels-as-asked", sorted_channels),
    Case("request-id", errors_without_request_id),
    Case("pong-is-silent", asked=pong_answered),
    Case("users-apart", to_other_users),
    Case("same-id-twice", second_attempts),
    Case("unknown-action", another_code),
    Case("extra-fields", unknown_fields_dropped),
    Case("rate-limited", no_rate),
    Case("invalid-json", closed_for_nonsense),
    Case("last-is-last", late("job.analyzing", 4.0, first_only=True)),
    Case("reminder", late("interview.reminder", 6.0)),
    Case("positions-told", data_of("system.subscribed", streams={})),
    Case("places-of-events", without_previous),
    Case("missed-and-recovered", data_of("system.history", more=True)),
    Case("history-by-channel", data_of("system.history", through=1)),
    Case("history-pages", data_of("system.history", through=1)),
    Case("positions-of-others", data_of("system.history", recovered=True)),
    Case("foreign-streams", words_by_stream),
    Case("heads-in-pings", data_of("system.ping", heads=None)),
    Case("places-in-a-channel", data_of("system.history", events=[])),
    Case("inbox-of-who-was-away", data_of("system.inbox", unseen=0)),
    Case("inbox-pages", data_of("system.inbox", more=False)),
    Case("seen-on-every-device", data_of("system.seen", inbox=1)),
    Case("inboxes-apart", data_of("system.inbox", last=7)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.check)
async def test_a_promise_broken_on_the_way_is_named(system: System, case: Case) -> None:
    async with proxy(system.guide_url, told=case.told, asked=case.asked) as address:
        assert await broken(system, address, case.check) == {case.check}


async def test_a_sound_stage_breaks_nothing_through_the_proxy(system: System) -> None:
    async with proxy(system.guide_url) as address:
        assert await broken(system, address, *(case.check for case in CASES)) == set()


@contextlib.asynccontextmanager
async def faults(system: System, path: str, **rule: Any) -> AsyncIterator[None]:
    await system.control("PUT", path, {"seed": 1, "rules": [rule]})
    try:
        yield
    finally:
        await system.control("DELETE", path)


async def test_a_bus_that_leads_nowhere_is_named(system: System) -> None:
    stage = Stage("local", endpoint=system.aws)
    rules = [(name, bus) for name, bus, _ in stage.rules() if bus]
    for name, bus in rules:
        stage.events.disable_rule(Name=name, EventBusName=bus)
    try:
        quiet = [name for name in BYSTANDERS if name not in (*EVENTS, "subscribe")]
        found = await broken(system, None, "event-envelope", bystanders=quiet)
    finally:
        for name, bus in rules:
            stage.events.enable_rule(Name=name, EventBusName=bus)
    assert found == {"event-envelope"}


async def test_a_table_that_removes_nothing_is_named(system: System) -> None:
    async with faults(system, "/_tidings/faults", fault="aws-error", name="dynamodb:DeleteItem"):
        assert await broken(system, None, "unsubscribe") == {"unsubscribe"}


async def test_a_gateway_that_drops_who_speaks_is_named(system: System) -> None:
    silent = ("welcome-fields", "unknown-channels", *EVENTS, "post-arrives")
    async with faults(system, "/_tidings/gateway/faults", fault="reset-on-message"):
        assert await broken(system, None, "ping", bystanders=silent) == {"ping"}


async def test_a_queue_that_is_late_is_named(system: System) -> None:
    late_queue = {"fault": "queue-delay", "name": "*QueuesDelivery????????", "seconds": 6}
    async with faults(system, "/_tidings/faults", **late_queue):
        assert await broken(system, None, "to-the-second") == {"to-the-second"}


async def test_a_stage_that_admits_every_page_is_named(system: System) -> None:
    found = await broken(system, None, "other-origin", origin="https://app.example.com")
    assert found == {"other-origin"}
