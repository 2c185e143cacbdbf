"""Events that are not valid: not delivered, kept with the reason. They raise the alarm EventsRejected."""

import json
from typing import Any

from verify.check import Needs, check, expect
from verify.payloads import payload
from verify.world import World

YEAR_SECONDS = 366 * 86_400
OVER_64_KB = 66_000


async def rejected(world: World, event_type: str, data: dict[str, Any], reason: str, **detail: Any) -> None:
    """Put it for a user who would hear it; it must be in the queue, with these words in its reasons."""
    user = world.user()
    async with world.client(user, "jobs,interviews,system") as client:
        event_id = await world.put(event_type, data, user_id=user, **detail)
        said = await world.rejected.reasons(event_id)
        expect(reason in said, f"the reason is {said!r}")
        expect(event_id not in [one["id"] for one in client.events()], "it was delivered all the same")


@check("An unknown event type is kept with the reason, and not delivered.", Needs.DISTURBS)
async def unknown_type(world: World) -> None:
    await rejected(world, "job.vanished", {}, "job.vanished")


@check("A payload that lacks a field is kept with the field's name, and not delivered.", Needs.DISTURBS)
async def bad_payload(world: World) -> None:
    data = payload("job.created", world.number())
    del data["company"]
    await rejected(world, "job.created", data, "company")


@check("A field of the detail that does not exist is refused: it may be a misspelt user_id.", Needs.DISTURBS)
async def misspelt_field(world: World) -> None:
    await rejected(world, "job.created", payload("job.created", world.number()), "userid", userid="x")


@check("An event of more than 64 KB is kept with the reason, and not delivered.", Needs.DISTURBS)
async def oversized_event(world: World) -> None:
    data = payload("job.created", world.number(), note="x" * OVER_64_KB)
    await rejected(world, "job.created", data, "65536")


@check("system.ping and system.connected are not accepted from producers.", Needs.DISTURBS)
async def reserved_types(world: World) -> None:
    for event_type in ("system.ping", "system.connected"):
        await rejected(world, event_type, {"timestamp": "2026-11-14T15:00:00Z"}, event_type)


@check("A deliver_at more than 365 days ahead, or without an offset, is refused.", Needs.DISTURBS)
async def bad_deliver_at(world: World) -> None:
    data = payload("job.created", world.number())
    await rejected(world, "job.created", data, "deliver_at", deliver_at=world.moment(YEAR_SECONDS))
    await rejected(world, "job.created", data, "deliver_at", deliver_at="2026-11-14T15:00:00")


@check("A detail that is no object is kept with the reason.", Needs.DISTURBS)
async def no_detail(world: World) -> None:
    event_id = await world.put_raw("job.created", json.dumps({"data": world.run_id}))
    said = await world.rejected.reasons(event_id)
    expect("data" in said, f"the reason is {said!r}")
