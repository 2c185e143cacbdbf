"""Check an application's events as the running system would, and list them.

Each type's sample passes the checks that an event from the bus passes, and plans what it would plan.
"""

import json
import time

from pydantic import ValidationError
from rich.console import Console
from rich.table import Table

from shared.domain.errors import EventRejected
from shared.domain.intake import AcceptedEvent, BusEvent, accept
from shared.domain.reminders import changes_of
from shared.domain.schedule import Planned, release
from tidings import loading
from tidings.catalog import Catalog, EventType
from tidings.samples import at, sample_of

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def problems_of(type_: EventType, catalog: Catalog, *, now: float) -> list[str]:
    """What would go wrong with its sample on the bus."""
    if not type_.from_producers:
        return []
    try:
        event = accepted(type_, catalog, now=now)
    except EventRejected as rejected:
        return [f"{type_.name}: its sample is rejected: {reason}" for reason in rejected.reasons]
    planned = [one for one in changes_of(event, catalog, now=now) if isinstance(one, Planned)]
    if not planned and type_.plans:
        moments = ", ".join(dict.fromkeys(one.at for one in type_.plans))
        return [f"{type_.name}: its sample plans nothing: {moments} must be further ahead"]
    return [problem for one in planned if (problem := _problem_when_sent(one, catalog)) is not None]


def accepted(type_: EventType, catalog: Catalog, *, now: float) -> AcceptedEvent:
    """The event that the type's sample makes, for one user. Raises EventRejected."""
    detail = json.loads(json.dumps({"data": at(sample_of(type_), now), "user_id": "user123"}))
    event = BusEvent(event_id="e", source="me", detail_type=type_.name, detail=detail, occurred_at=now)
    return accept(event, catalog, now=now)


def _problem_when_sent(planned: Planned, catalog: Catalog) -> str | None:
    event = release(planned, catalog, now=planned.due_at)
    if event is None:
        return f"{planned.event_type}: is not sent at the moment that it is planned for"
    try:
        event.type.payload.model_validate(event.data)
        event.envelope()
    except ValidationError as wrong:
        first = wrong.errors()[0]
        where = ".".join(map(str, first["loc"]))
        return f"{planned.event_type}: not valid as it is sent: {where}: {first['msg']}"
    except ValueError as wrong:
        return f"{planned.event_type}: not valid as it is sent: {wrong}"
    return None


def table_of(catalog: Catalog, *, now: float) -> Table:
    """The application's types; each must be without problems."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_edge=False)
    for heading in ("type", "channel", "its sample plans"):
        table.add_column(heading, no_wrap=True)
    table.add_column()
    for type_ in catalog.types.values():
        table.add_row(
            type_.name,
            type_.channel or "(bus only)",
            ", ".join(_plans(type_, catalog, now=now)),
            ", ".join(_more(type_)),
        )
    return table


def _plans(type_: EventType, catalog: Catalog, *, now: float) -> list[str]:
    if not type_.changes_plans:
        return []
    changes = changes_of(accepted(type_, catalog, now=now), catalog, now=now)
    due: dict[str, list[int]] = {}
    for one in changes:
        if isinstance(one, Planned):
            due.setdefault(one.event_type, []).append(one.due_at)
    planned = [f"{len(ats)} {name}, first in {_span(min(ats) - now)}" for name, ats in due.items()]
    return [*planned, *(f"drops {one.type}" for one in type_.drops)]


def _more(type_: EventType) -> list[str]:
    conflation = type_.conflation
    said = [] if conflation is None else [f"conflated for {conflation.window_seconds} s"]
    said += ["inbox"] if type_.inbox else []
    return [*said, *(["its sample is made up"] if type_.sample is None else [])]


def _span(seconds: float) -> str:
    left, parts = max(0, round(seconds)), []
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"


def check(events: str, console: Console) -> bool:
    """Whether all is well; says what is not, else lists the types. Raises DeclarationError."""
    now = float(int(time.time()))
    found, catalog = loading.check(events)
    application = loading.load(found)
    problems = [one for type_ in application.types.values() for one in problems_of(type_, catalog, now=now)]
    for problem in problems:
        console.print(problem, style="red", markup=False, soft_wrap=True)
    if problems:
        return False
    console.print(table_of(application, now=now))
    counts = f"{len(application.types)} event types, {len(application.declared)} channels"
    console.print(f"{counts}: {', '.join(application.declared)}", style="bold", soft_wrap=True)
    return True
