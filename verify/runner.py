"""Carries the checks out: side by side where they do not disturb each other, then those that count alone."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError
from websockets.exceptions import WebSocketException

from verify.check import Broken, Check, Needs, NotAskedError
from verify.expected_open import EXPECTED_OPEN
from verify.world import World


class Verdict(StrEnum):
    HELD = "held"
    BROKEN = "broken"
    OPEN = "open"
    """Broken, and known to be: verify/expected_open.py says why."""
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Result:
    check: Check
    verdict: Verdict
    detail: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Runner:
    world: World
    lacking: frozenset[Needs]
    jobs: int
    told: Callable[[Result], None] = lambda _: None

    async def run(self, checks: Iterable[Check]) -> list[Result]:
        asked = list(checks)
        slots = asyncio.Semaphore(self.jobs)

        async def one(check: Check) -> Result:
            async with slots:
                return await self._one(check)

        # The longest first, so that none is left to run alone at the end.
        together = sorted((one for one in asked if not one.alone), key=lambda one: -one.seconds)
        results = list(await asyncio.gather(*(one(check) for check in together)))
        results += [await self._one(check) for check in asked if check.alone]
        order = {check.name: position for position, check in enumerate(asked)}
        return sorted(results, key=lambda result: order[result.check.name])

    async def _one(self, check: Check) -> Result:
        began = time.monotonic()
        verdict, detail = await self._verdict(check)
        result = Result(check, verdict, detail, time.monotonic() - began)
        self.told(result)
        return result

    async def _verdict(self, check: Check) -> tuple[Verdict, str]:
        if missing := sorted(check.needs & self.lacking):
            return Verdict.NOT_ASKED, missing[0].value
        try:
            why = await self._broken(check)
        except NotAskedError as reason:
            return Verdict.NOT_ASKED, str(reason)
        known = EXPECTED_OPEN.get(check.name)
        if why is None:
            return Verdict.HELD, "is held: take it out of verify/expected_open.py" if known else ""
        return (Verdict.OPEN, f"{why} ({known})") if known else (Verdict.BROKEN, why)

    async def _broken(self, check: Check) -> str | None:
        """Carry it out; returns what the stage did instead. Raises NotAskedError."""
        try:
            async with asyncio.timeout(check.seconds):
                await check.run(self.world)
        except Broken as reason:
            return str(reason)
        except TimeoutError:
            return f"took more than {check.seconds:.0f} s"
        except ClientError as refused:
            if "AccessDenied" in refused.response.get("Error", {}).get("Code", ""):
                raise NotAskedError(f"your credentials do not allow it: {refused}") from refused
            return str(refused)
        except (BotoCoreError, OSError, WebSocketException, LookupError) as reason:
            return f"{type(reason).__name__}: {reason}"
        return None
