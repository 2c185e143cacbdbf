"""How the due index is read: shards take turns, so that none waits behind another's backlog."""

import pytest

from shared.aws.schedule import DUE_SHARDS, PAGE_ROWS
from shared.domain.audience import shard_of
from shared.domain.schedule import Planned
from tests.adapters.worlds import World, moto_world

NOW = 1_763_132_400
BACKLOG = PAGE_ROWS * 2 + 10


def plan(world: World, key: str, *, due_at: int = NOW) -> None:
    data = {"message": "m", "severity": "info", "action_required": False}
    world.schedule.tell(
        Planned(
            key=key,
            due_at=due_at,
            revision=1,
            told_by=key,
            event_id=key,
            event_type="system.notification",
            data=data,
        )
    )


def keys_of(shard: int, number: int) -> list[str]:
    found: list[str] = []
    candidate = 0
    while len(found) < number:
        key = f"k{candidate}"
        if shard_of(key, DUE_SHARDS) == shard:
            found.append(key)
        candidate += 1
    return found


@pytest.mark.parametrize("turn", range(DUE_SHARDS))
def test_a_backlog_in_one_shard_holds_up_no_other(turn: int) -> None:
    with moto_world() as world:
        for key in keys_of(3, BACKLOG):
            plan(world, key, due_at=NOW - 1000)
        for shard in (0, 5):
            plan(world, keys_of(shard, 1)[0])
        shards = [
            {shard_of(due.schedule_key, DUE_SHARDS) for due in page}
            for page in world.schedule.due(until=NOW, turn=turn)
        ]
    order = [shard for one in shards for shard in one]
    assert sorted(order) == [0, 3, 3, 3, 5]
    assert set(order[:3]) == {0, 3, 5}
    first = min((0, 3, 5), key=lambda shard: (shard - turn) % DUE_SHARDS)
    assert order[0] == first
