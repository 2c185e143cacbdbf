"""Carries the checks out: side by side where they do not disturb each other, then those that count alone."""

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from botocore.exceptions import BotoCoreError, ClientError
from websockets.exceptions import InvalidHandshake, WebSocketException

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
            async with asyncio.timeout(check.seconds):
                await check.run(self.world)
        except NotAskedError as reason:
            return Verdict.NOT_ASKED, str(reason)
        except TimeoutError:
            return self._broken(check, f"took more than {check.seconds:.0f} s")
        except InvalidHandshake as refused:
            return self._broken(check, f"could not connect: {refused}")
        except ClientError as refused:
            if "AccessDenied" in refused.response.get("Error", {}).get("Code", ""):
                return Verdict.NOT_ASKED, f"your credentials do not allow it: {refused}"
            return self._broken(check, str(refused))
        except (Broken, BotoCoreError, OSError, WebSocketException, KeyError) as reason:
            return self._broken(check, f"{reason}" if isinstance(reason, Broken) else repr(reason))
        if check.name in EXPECTED_OPEN:
            return Verdict.HELD, "is held: take it out of verify/expected_open.py"
        return Verdict.HELD, ""

    @staticmethod
    def _broken(check: Check, why: str) -> tuple[Verdict, str]:
        if check.name in EXPECTED_OPEN:
            return Verdict.OPEN, f"{why} ({EXPECTED_OPEN[check.name]})"
        return Verdict.BROKEN, why
