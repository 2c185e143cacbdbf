"""`make verify STAGE=dev`: holds a running stage to its contract, from outside."""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)
from rich.console import Console
from websockets.exceptions import InvalidHandshake, InvalidStatus

from ops.stage import LOCAL, StageNotFoundError, open_stage
from verify.chapters import ORDER
from verify.check import CHECKS, Broken, Check, Needs
from verify.place import Place, find
from verify.report import show, summary, write_junit
from verify.runner import Result, Runner, Verdict
from verify.tables import remove_traces
from verify.world import World

PROD = "prod"
JUNIT = ".cache/verify-{stage}.xml"
# Side by side; the local system shares this machine's cores with the checks.
JOBS, LOCAL_JOBS = 16, 12
UNAUTHORIZED, FORBIDDEN = 401, 403
TOKEN_VARIABLE = "TIDINGS_VERIFY_TOKEN"  # noqa: S105  a name


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    asked = _parser().parse_args(arguments)
    console = console or Console()
    if asked.list:
        console.print("\n".join(listed(chosen(()))), markup=False, highlight=False, soft_wrap=True)
        return 0
    try:
        chosen(asked.only)
        place = find(open_stage(asked.stage), asked.address)
        return asyncio.run(verified(asked, place, console))
    except EndpointConnectionError as away:
        start = "make run" if asked.stage == LOCAL else "look at AWS_REGION and the network"
        console.print(f"The stage {asked.stage} is not there: {start}. {away}", style="red", markup=False)
    except (NoRegionError, NoCredentialsError, PartialCredentialsError) as missing:
        console.print(f"Set AWS_REGION and AWS_PROFILE. {missing}", style="red", markup=False)
    except (StageNotFoundError, BotoCoreError, ClientError, Broken) as problem:
        console.print(str(problem), style="red", markup=False)
    except (OSError, InvalidHandshake) as problem:
        console.print(
            f"{asked.address or asked.stage} cannot be connected to: {problem}", style="red", markup=False
        )
    except KeyboardInterrupt:
        return 130
    return 2


async def verified(asked: argparse.Namespace, place: Place, console: Console) -> int:
    world = World(
        place=place,
        authenticates=await authenticates(place, asked.origin),
        source=asked.source,
        token=asked.token or os.environ.get(TOKEN_VARIABLE),
        origin=asked.origin,
    )
    checks = chosen(asked.only)
    lacking = what_is_lacking(world, full=asked.full, disturb=asked.disturb)
    console.print(
        f"{len(checks)} checks of {place.stage.prefix} at {place.address}, as {world.run_id}", highlight=False
    )

    def told(result: Result) -> None:
        if result.verdict is Verdict.BROKEN:
            console.print(f"BROKEN {result.check.name}: {result.detail}", style="red", markup=False)

    try:
        results = await Runner(world, lacking, LOCAL_JOBS if place.stage.is_local else JOBS, told).run(checks)
    finally:
        remove_traces(place.stage, users=world.users, tickets=world.tickets, events=world.event_ids)
    junit = asked.junit or Path(JUNIT.format(stage=place.stage.name))
    write_junit(results, world, junit)
    if asked.quiet:
        console.print(summary(results), highlight=False)
    else:
        show(results, world, console)
    console.print(f"For machines: {junit}", highlight=False)
    return int(any(one.verdict is Verdict.BROKEN for one in results))


async def authenticates(place: Place, origin: str | None) -> bool:
    """Whether the stage refuses who shows nothing."""
    probe = World(place=place, authenticates=False, source="", origin=origin)
    try:
        async with probe.attempt({"user_id": probe.user()}):
            return False
    except InvalidStatus as refused:
        if refused.response.status_code in (UNAUTHORIZED, FORBIDDEN):
            return True
        raise


def chosen(words: Sequence[str]) -> list[Check]:
    """All checks, or those of which a word is the name or the chapter. Raises Broken."""
    chapters = [name.rpartition(".")[2] for name in ORDER]
    known = {*chapters, *CHECKS}
    if unknown := [word for word in words if word not in known]:
        near = get_close_matches(unknown[0], sorted(known))
        which = f"did you mean {' or '.join(near)}?" if near else "--list prints them"
        raise Broken(f"no check or chapter is called {unknown[0]!r}: {which}")
    found = [one for one in CHECKS.values() if not words or {one.name, one.chapter} & set(words)]
    return sorted(found, key=lambda one: chapters.index(one.chapter))


def listed(checks: Sequence[Check]) -> Iterator[str]:
    """A table for the documentation."""
    yield "| chapter | check | holds | asked |"
    yield "|---|---|---|---|"
    for one in checks:
        needs = ", ".join(sorted(need.name.lower().replace("_", " ") for need in one.needs))
        yield f"| {one.chapter} | `{one.name}` | {one.promise} | {needs} |"


def what_is_lacking(world: World, *, full: bool, disturb: bool) -> frozenset[Needs]:
    stage = world.place.stage
    has = {
        Needs.AWS: not stage.is_local,
        Needs.AUTHENTICATION: world.authenticates,
        Needs.NO_AUTHENTICATION: not world.authenticates,
        Needs.TOKEN: world.token is not None,
        Needs.ORIGIN: world.origin is not None,
        Needs.FULL: full,
        Needs.DISTURBS: disturb or stage.name != PROD,
    }
    return frozenset(need for need, there in has.items() if not there)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m verify", description=__doc__)
    parser.add_argument(
        "--stage", default=LOCAL, help="which (%(default)s); others with the AWS credentials you have"
    )
    parser.add_argument("--address", help="where clients connect, for instance by the stage's domain")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="these checks or chapters")
    parser.add_argument("--list", action="store_true", help="print what there is, and ask nothing")
    parser.add_argument("--full", action="store_true", help="also those that take minutes")
    parser.add_argument(
        "--disturb", action="store_true", help="on prod too: reach every user, raise an alarm"
    )
    parser.add_argument("--token", help=f"a good token of a user made for this; also {TOKEN_VARIABLE}")
    parser.add_argument(
        "--origin", help="a web page's origin that the stage admits, when it admits some only"
    )
    parser.add_argument("--source", default="tidings.verify", help="the events' Source (%(default)s)")
    parser.add_argument(
        "--junit", type=Path, metavar="FILE", help=f"JUnit's XML ({JUNIT.format(stage='STAGE')})"
    )
    parser.add_argument("--quiet", action="store_true", help="only what is broken, and the sum")
    return parser


if __name__ == "__main__":
    sys.exit(main())
