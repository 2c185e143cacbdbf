import asyncio

import pytest

from local.clock import MovableClock


class StandingTime:
    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


async def test_moving_the_clock_wakes_exactly_those_who_are_due() -> None:
    clock = MovableClock(real=StandingTime())
    soon = asyncio.create_task(clock.sleep_until(clock.now() + 60))
    late = asyncio.create_task(clock.sleep_until(clock.now() + 3_600))
    await asyncio.sleep(0)

    clock.advance(60)
    await asyncio.wait_for(soon, timeout=5)

    assert clock.now() == 1_060.0
    assert not late.done()
    late.cancel()


async def test_the_next_deadline_is_the_earliest_sleeper_and_forgets_the_cancelled() -> None:
    clock = MovableClock(real=StandingTime())
    assert clock.next_deadline() is None
    sleepers = [asyncio.create_task(clock.sleep_until(clock.now() + seconds)) for seconds in (50, 20, 90)]
    await asyncio.sleep(0)
    assert clock.next_deadline() == 1_020.0

    sleepers[1].cancel()
    await asyncio.gather(sleepers[1], return_exceptions=True)
    assert clock.next_deadline() == 1_050.0
    for sleeper in sleepers:
        sleeper.cancel()


async def test_a_time_already_past_does_not_sleep() -> None:
    clock = MovableClock()
    await clock.sleep_until(clock.now() - 1)


async def test_real_time_passes_without_being_moved() -> None:
    clock = MovableClock()
    before = clock.now()
    await clock.sleep_until(before + 0.01)
    assert clock.now() >= before + 0.01


async def test_the_clock_never_goes_back() -> None:
    with pytest.raises(ValueError, match="forward"):
        MovableClock().advance(-1)
