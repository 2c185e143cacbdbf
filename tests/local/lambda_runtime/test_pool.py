"""Who gets which sandbox, with sandboxes that start and fail as a test says."""

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import pytest

from local.gateway.invoker import Invocation
from local.lambda_runtime.function import RuntimeSettings
from local.lambda_runtime.pool import InitFailed, Pool

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from local.lambda_runtime.sandbox import Sandbox

BROKEN = Invocation(payload='{"errorType": "Runtime.ImportModuleError"}', error="Unhandled")


@dataclass(eq=False)
class FakeSandbox:
    failure: Invocation | None = None
    alive: bool = True
    last_used: float = 0.0

    async def init_failure(self, timeout_seconds: float) -> Invocation | None:
        del timeout_seconds
        return self.failure

    async def stop(self) -> None:
        self.alive = False


@dataclass
class Launcher:
    """Each launch takes the next failure; None starts well."""

    failures: list[Invocation | None] = field(default_factory=list)
    launched: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    count: int = 0

    async def __call__(self) -> FakeSandbox:
        self.count += 1
        self.launched.release()
        return FakeSandbox(self.failures.pop(0) if self.failures else None)


def pool_of(launcher: Launcher, **settings: Any) -> Pool:
    launch = cast("Callable[[], Awaitable[Sandbox]]", launcher)
    return Pool(launch, RuntimeSettings(scale_up_after_seconds=0.0, **settings))


async def test_a_second_sandbox_that_cannot_start_leaves_the_waiting_to_the_first() -> None:
    launcher = Launcher([None, BROKEN])
    pool = pool_of(launcher, scale_up_pause_seconds=3_600.0)
    warm = await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    for _ in range(2):
        await launcher.launched.acquire()
    while pool.state()["starting"]:  # noqa: ASYNC110 - the pool tells nobody when a start has failed
        await asyncio.sleep(0)
    assert not waiting.done()
    pool.release(warm)
    assert await waiting is warm
    assert launcher.count == 2
    pool.release(warm)
    await pool.close()


async def test_without_a_sandbox_that_serves_the_one_who_waits_is_told() -> None:
    pool = pool_of(Launcher([BROKEN]))
    with pytest.raises(InitFailed, match="ImportModuleError"):
        await pool.acquire()
    await pool.close()


async def test_a_sandbox_with_old_code_is_no_reason_to_wait() -> None:
    launcher = Launcher([None, BROKEN, BROKEN])
    pool = pool_of(launcher)
    old = await pool.acquire()
    waiting = asyncio.create_task(pool.acquire())
    pool.reload()
    with pytest.raises(InitFailed):
        await waiting
    pool.release(old)
    await pool.close()


async def test_load_starts_another_sandbox_once_the_pause_after_a_failure_is_over() -> None:
    launcher = Launcher([None, BROKEN, None])
    pool = pool_of(launcher, scale_up_pause_seconds=0.0)
    first = await pool.acquire()
    second = await pool.acquire()
    assert second is not first
    assert launcher.count == 3
    for sandbox in (first, second):
        pool.release(sandbox)
    await pool.close()
