"""Lets a stage come to rest before it is deleted: nothing new, and what is under way to its end."""

import time
from collections.abc import Callable

from rich.console import Console

from ops.rows import planned_to_come
from ops.stage import FAILURE_QUEUES, Stage
from ops.waiting import depths

POLL_SECONDS = 5.0


def drain(
    stage: Stage,
    *,
    go: bool,
    wait_seconds: float,
    console: Console,
    pause: Callable[[float], None] = time.sleep,
) -> int:
    """Turn the bus's rules and the tick off, wait for the queues, and say what stays. Dry without `go`."""
    rules = list(stage.rules())
    for name, _, state in rules:
        console.print(f"{'turn off' if state == 'ENABLED' else 'is off already'}: rule {name}")
    _say_what_stays(stage, console)
    if not go:
        console.print("Nothing was done. Events put meanwhile are in the bus's archive only: add --go")
        return 0
    for name, bus, _ in rules:
        stage.events.disable_rule(Name=name, **({"EventBusName": bus} if bus else {}))
    until = time.monotonic() + wait_seconds
    while (under_way := _under_way(stage)) and time.monotonic() < until:
        console.print(f"{under_way} deliveries under way or delayed")
        pause(POLL_SECONDS)
    if under_way:
        console.print(
            f"{under_way} are not done after {wait_seconds:.0f} s: wait longer, or look with doctor"
        )
        return 1
    console.print("At rest. `python -m ops drain --undo` turns it on again; deleting: docs/deploying.md")
    return 0


def undo(stage: Stage, *, console: Console) -> int:
    for name, bus, _ in stage.rules():
        stage.events.enable_rule(Name=name, **({"EventBusName": bus} if bus else {}))
        console.print(f"turned on: rule {name}")
    return 0


def _under_way(stage: Stage) -> int:
    return sum(sum(depths(stage, queue)) for queue in ("Delivery", "Parts"))


def _say_what_stays(stage: Stage, console: Console) -> None:
    console.print(f"{planned_to_come(stage)} messages are planned for later; they stay in the schedule table")
    for queue in FAILURE_QUEUES:
        visible, _, _ = depths(stage, queue)
        if visible:
            console.print(f"{visible} wait in {queue}, which goes with the stack: see `redrive`")
