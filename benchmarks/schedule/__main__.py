"""Shows that a tick's cost grows with what is due, not with what is stored.

    python -m benchmarks.schedule          0, 1,000 and 100,000 stored; 0 and 1,000 due in one second

CPU is this process's, servers excluded; units are those AWS would bill (index writes included).
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.schedule.services import Counted, dynamodb, sqs
from shared.app.tick import tick
from shared.aws.clock import SystemClock
from shared.aws.queue import SqsQueue
from shared.aws.schedule import DynamoSchedule, row_of
from shared.aws.windows import DynamoWindows
from shared.bootstrap import Adapters, build_ports
from shared.domain.schedule import Planned
from tests.fakes.catalog import CATALOGUE
from tests.fakes.system import SETTINGS

TABLE = "schedule"
DUE_IN_SECONDS = 60
LATER_SECONDS = 30 * 24 * 60 * 60
BATCH = 25


@dataclass(frozen=True, kw_only=True)
class Measured:
    stored: int
    due: int
    wall_seconds: float
    cpu_ms: float
    requests: dict[str, int]
    read_units: float
    write_units: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stored", type=int, nargs="+", default=[0, 1_000, 100_000])
    parser.add_argument("--due", type=int, default=1_000)
    asked = parser.parse_args()
    counted = Counted()
    with dynamodb(counted) as database, sqs(counted) as (queues, url):
        _make_table(database)
        clock = SystemClock()
        ports = build_ports(
            settings=SETTINGS,
            schedule=DynamoSchedule(dynamodb=database, table=TABLE),
            windows=DynamoWindows(dynamodb=database, table=TABLE, catalog=CATALOGUE),
            queue=SqsQueue(sqs=queues, url=url, clock=clock, jitter=lambda: 0.5),
            clock=clock,
        )
        tick(ports, deadline=clock.now() + 60)  # connections are made once, not in every tick
        results, stored = [], 0
        for wanted in sorted(asked.stored):
            _store(database, wanted - stored, due_in_seconds=LATER_SECONDS, prefix=f"later-{stored}")
            stored = wanted
            results.append(_measure(ports, counted, stored=stored, due=0))
            _store(database, asked.due, due_in_seconds=DUE_IN_SECONDS, prefix=f"due-{stored}")
            results.append(_measure(ports, counted, stored=stored, due=asked.due))
    _print(results)


def _measure(ports: Adapters, counted: Counted, *, stored: int, due: int) -> Measured:
    counted.requests.clear()
    counted.units.clear()
    began, cpu_began = time.perf_counter(), time.process_time()
    ticked = tick(ports, deadline=time.time() + 60)
    cpu_seconds, wall_seconds = time.process_time() - cpu_began, time.perf_counter() - began
    assert ticked.released == due, f"{ticked.released} released, {due} were due"
    assert ticked.finished
    return Measured(
        stored=stored,
        due=due,
        wall_seconds=wall_seconds,
        cpu_ms=cpu_seconds * 1000,
        requests=dict(counted.requests),
        read_units=counted.units["read"],
        write_units=counted.units["write"],
    )


def _store(database: Any, number: int, *, due_in_seconds: int, prefix: str) -> None:
    due_at = int(time.time()) + due_in_seconds
    batch: list[Any] = []
    for row in _rows(number, due_at=due_at, prefix=prefix):
        batch.append({"PutRequest": {"Item": row}})
        if len(batch) == BATCH:
            _write(database, batch)
            batch = []
    if batch:
        _write(database, batch)


def _rows(number: int, *, due_at: int, prefix: str) -> Iterator[dict[str, Any]]:
    for index in range(number):
        yield row_of(
            Planned(
                key=f"interview:@user-{index}:{prefix}:1h",
                due_at=due_at,
                revision=1,
                told_by="event",
                event_id=f"{prefix}-{index}",
                event_type="interview.reminder",
                data={
                    "interview_id": index,
                    "job_id": index,
                    "company": "Google",
                    "interview_type": "technical",
                },
                user_id=f"user-{index}",
                counts_down_to=due_at + 3600,
            )
        )


def _write(database: Any, batch: list[Any]) -> None:
    while batch:
        answer = database.batch_write_item(RequestItems={TABLE: batch})
        batch = answer["UnprocessedItems"].get(TABLE, [])


def _make_table(database: Any) -> None:
    names = {"schedule_key": "S", "due_shard": "S", "due_at": "N"}
    database.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in names.items()],
        KeySchema=[{"AttributeName": "schedule_key", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due_shard", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    database.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 0})


def _print(results: list[Measured]) -> None:
    table = Table(title="One tick", title_justify="left")
    for heading in ("stored", "due", "requests", "of them", "read units", "write units", "CPU ms", "wall s"):
        table.add_column(heading, justify="left" if heading == "of them" else "right")
    for one in results:
        kinds = ", ".join(f"{count} {name}" for name, count in sorted(one.requests.items()))
        table.add_row(
            f"{one.stored:,}",
            f"{one.due:,}",
            str(sum(one.requests.values())),
            kinds,
            f"{one.read_units:,.1f}",
            f"{one.write_units:,.1f}",
            f"{one.cpu_ms:,.0f}",
            f"{one.wall_seconds:,.2f}",
        )
    console = Console(width=150)
    console.print(table)
    idle, busy = ([one for one in results if bool(one.due) is due] for due in (False, True))
    console.print(
        f"Most stored against least: {_ratio(idle):.2f} of the read units with nothing due, "
        f"{_ratio(busy):.2f} with {busy[0].due:,} due. "
        f"CPU for each message due: {busy[-1].cpu_ms / busy[-1].due:.2f} ms."
    )


def _ratio(results: list[Measured]) -> float:
    return results[-1].read_units / results[0].read_units


if __name__ == "__main__":
    main()
