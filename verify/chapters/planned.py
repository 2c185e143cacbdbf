"""Messages for later: to the second, moved, dropped; reminders of interviews and follow-ups."""

import asyncio
from typing import Any

from verify.check import Broken, Needs, check, expect
from verify.client import Client
from verify.payloads import payload
from verify.world import World

AHEAD_SECONDS = 8
# Whole seconds, and what a post takes.
EARLY_SECONDS, LATE_SECONDS = 1.0, 4.0
MINUTES_15, HOURS_2 = 15 * 60, 2 * 60 * 60
# An EventBridge time has whole seconds: let one pass between planning and moving.
APART_SECONDS = 1.1
# Beyond what one tick of the scheduler plans ahead.
LATER_SECONDS = 200


def on_time(world: World, client: Client, message: Any, due: float) -> None:
    late = client.when(message) + world.place.ahead_seconds - due
    world.measured("planned message, against its moment", late)
    expect(late >= -EARLY_SECONDS, f"it came {-late:.1f} s early")
    expect(late <= LATE_SECONDS, f"it came {late:.1f} s late")


@check("deliver_at in the future: kept, and delivered then, to the second.")
async def to_the_second(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        due = world.place.now() + AHEAD_SECONDS
        data = payload("job.created", world.number())
        event_id = await world.put("job.created", data, user_id=user, deliver_at=world.moment(AHEAD_SECONDS))
        on_time(world, client, await client.event(event_id, within=AHEAD_SECONDS * 3), due)


@check("deliver_at in the past is delivered at once.")
async def in_the_past(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        data = payload("job.created", world.number())
        await client.event(
            await world.put("job.created", data, user_id=user, deliver_at=world.moment(-3_600))
        )


@check("The same schedule_key again moves a message: only the new one comes, then.")
async def moved(world: World) -> None:
    user, key = world.user(), world.event_id()
    async with world.client(user, "jobs") as client:
        data = payload("job.created", world.number())
        first = await world.put(
            "job.created", data, user_id=user, schedule_key=key, deliver_at=world.moment(AHEAD_SECONDS / 2)
        )
        await asyncio.sleep(APART_SECONDS)
        due = world.place.now() + AHEAD_SECONDS
        second = await world.put(
            "job.created", data, user_id=user, schedule_key=key, deliver_at=world.moment(AHEAD_SECONDS)
        )
        on_time(world, client, await client.event(second, within=AHEAD_SECONDS * 3), due)
        expect(first not in [one["id"] for one in client.events()], "the old one came as well")


@check("schedule.cancelled with its key drops a message.")
async def cancelled(world: World) -> None:
    user, key = world.user(), world.event_id()
    async with world.client(user, "jobs") as client:
        data = payload("job.created", world.number())
        when = world.moment(AHEAD_SECONDS)
        dropped = await world.put("job.created", data, user_id=user, schedule_key=key, deliver_at=when)
        await asyncio.sleep(APART_SECONDS)
        await world.put("schedule.cancelled", {}, user_id=user, schedule_key=key)
        kept = await world.put("job.created", data, user_id=user, deliver_at=when)
        await client.event(kept, within=AHEAD_SECONDS * 3)
        await client.settled()
        expect(dropped not in [one["id"] for one in client.events()], "it came all the same")


def interview(world: World, number: int, *, starts_in: float, **fields: Any) -> dict[str, Any]:
    kind = "interview.updated" if "status" in fields else "interview.scheduled"
    return payload(kind, number, scheduled_date=world.moment(starts_in), **fields)


def reminders(client: Client, number: int) -> list[Any]:
    return [one for one in client.of("interview.reminder") if one["data"]["interview_id"] == number]


@check("An interview's reminder comes 15 minutes before, to the second; those already past are not sent.")
async def reminder(world: World) -> None:
    user, number = world.user(), world.number()
    async with world.client(user, "interviews") as client:
        due = world.place.now() + AHEAD_SECONDS
        data = interview(world, number, starts_in=MINUTES_15 + AHEAD_SECONDS)
        await world.put("interview.scheduled", data, user_id=user)
        told = await client.until(
            lambda _: bool(reminders(client, number)), "no interview.reminder", within=AHEAD_SECONDS * 3
        )
        told = reminders(client, number)[0]
        expect(told["data"]["time_until"] == "15 minutes", told)
        on_time(world, client, told, due)
        await client.settled()
        count = len({one["id"] for one in reminders(client, number)})
        expect(count == 1, f"{count} reminders came")


@check("A moved interview moves its reminders, a cancelled one drops them.")
async def interview_moved(world: World) -> None:
    user, moved_number, dropped_number = world.user(), world.number(), world.number()
    async with world.client(user, "interviews") as client:
        for number in (moved_number, dropped_number):
            data = interview(world, number, starts_in=MINUTES_15 + AHEAD_SECONDS)
            await world.put("interview.scheduled", data, user_id=user)
        await asyncio.sleep(APART_SECONDS)
        due = world.place.now() + AHEAD_SECONDS * 2
        starts = MINUTES_15 + AHEAD_SECONDS * 2
        data = interview(world, moved_number, starts_in=starts, status="rescheduled")
        await world.put("interview.updated", data, user_id=user)
        data = interview(world, dropped_number, starts_in=starts, status="cancelled")
        await world.put("interview.updated", data, user_id=user)
        await client.until(
            lambda _: bool(reminders(client, moved_number)), "no reminder", within=AHEAD_SECONDS * 4
        )
        on_time(world, client, reminders(client, moved_number)[0], due)
        await client.settled()
        expect(not reminders(client, dropped_number), "the cancelled interview's reminder came")


@check("followup.scheduled plans followup.due two hours before; followup.sent drops it.")
async def follow_up(world: World) -> None:
    user, number, dropped = world.user(), world.number(), world.number()
    async with world.client(user, "followups") as client:
        starts = world.moment(HOURS_2 + AHEAD_SECONDS)
        for one in (number, dropped):
            data = payload("followup.scheduled", one, scheduled_date=starts)
            await world.put("followup.scheduled", data, user_id=user)
        await asyncio.sleep(APART_SECONDS)
        await world.put("followup.sent", payload("followup.sent", dropped), user_id=user)
        told = await client.until(
            lambda one: one["type"] == "followup.due", "no followup.due", within=AHEAD_SECONDS * 3
        )
        expect(told["data"]["followup_id"] == number, "the one that was sent came")
        expect(told["data"]["hours_until_due"] == 2, told)  # noqa: PLR2004  two hours before
        await client.settled()
        if any(one["data"]["followup_id"] == dropped for one in client.of("followup.due")):
            raise Broken("followup.due came after followup.sent")


@check(
    "A message further ahead than a tick plans waits in its table, and comes to the second.",
    Needs.FULL,
    seconds=LATER_SECONDS * 2,
)
async def kept_in_the_table(world: World) -> None:
    user = world.user()
    async with world.client(user, "jobs") as client:
        due = world.place.now() + LATER_SECONDS
        data = payload("job.created", world.number())
        event_id = await world.put("job.created", data, user_id=user, deliver_at=world.moment(LATER_SECONDS))
        on_time(world, client, await client.event(event_id, within=LATER_SECONDS * 1.5), due)
