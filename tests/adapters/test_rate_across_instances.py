"""The message rate over several function instances that share nothing but the table, and what it costs."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from shared.aws import clients
from shared.aws.admission import DynamoAdmission
from shared.aws.batches import Batches
from shared.aws.registry import DynamoRegistry
from shared.bootstrap import build_ports
from shared.domain.connection import Connection
from shared.domain.limits import RATE_MESSAGES, RATE_STRIKES
from tests.adapters.worlds import create_tables
from tests.fakes.app import App
from tests.fakes.catalog import CATALOGUE
from tests.fakes.clock import FakeClock
from tests.fakes.queue import FakeQueue
from tests.fakes.system import SETTINGS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class Instances:
    """Two warm instances of the default function."""

    def __init__(self, dynamodb: "DynamoDBClient") -> None:
        self.clock, self.queue = FakeClock(), FakeQueue()
        self.writes = 0
        self.refused: Counter[bool] = Counter()
        tables: Any = {
            "dynamodb": dynamodb,
            "connections_table": "connections",
            "subscriptions_table": "subscriptions",
        }
        admission = DynamoAdmission(catalog=CATALOGUE, channels_per_connection=50, **tables)
        batches = Batches(dynamodb=dynamodb, clock=self.clock, jitter=lambda: 0.5)
        DynamoRegistry(batches=batches, **tables).add(
            Connection(connection_id="a", user_id=None, connected_at=self.clock.now() - 60)
        )
        dynamodb.meta.events.register("before-call.dynamodb.UpdateItem", self._count)
        self.apps: list[App] = [
            App(build_ports(settings=SETTINGS, clock=self.clock, queue=self.queue, admission=admission))
            for _ in range(2)
        ]

    def say(self, instance: int) -> str:
        answer = self.apps[instance].message("a", json.dumps({"action": "ping"}))
        assert answer is not None
        return str(answer.data.get("code", answer.type))

    def _count(self, **_: Any) -> None:
        self.writes += 1


@pytest.fixture
def instances() -> Iterator[Instances]:
    with mock_aws():
        dynamodb = clients.dynamodb()
        create_tables(dynamodb)
        yield Instances(dynamodb)


def test_two_instances_admit_together_what_one_would(instances: Instances) -> None:
    answers = Counter(instances.say(number % 2) for number in range(RATE_MESSAGES + RATE_STRIKES - 1))
    assert answers == {"system.pong": RATE_MESSAGES, "rate_limited": RATE_STRIKES - 1}


def test_strikes_count_over_both_and_close_the_connection(instances: Instances) -> None:
    for number in range(RATE_MESSAGES + RATE_STRIKES):
        instances.say(number % 2)
    assert len(instances.queue.take_all()) == 1


def test_what_was_used_at_one_is_missing_at_the_other_until_time_has_passed(instances: Instances) -> None:
    for _ in range(RATE_MESSAGES):
        instances.say(0)
    assert instances.say(1) == "rate_limited"
    instances.clock.advance(1)
    assert [instances.say(1), instances.say(0), instances.say(1)] == ["system.pong"] * 2 + ["rate_limited"]


def writes_of(instances: Instances, messages: int, *, apart_seconds: float = 0.0) -> int:
    before = instances.writes
    for _ in range(messages):
        instances.say(0)
        instances.clock.advance(apart_seconds)
    return instances.writes - before


def test_a_message_costs_one_write_two_when_busy_three_when_refused(instances: Instances) -> None:
    """The figures of docs/security.md."""
    assert writes_of(instances, 10, apart_seconds=1) == 10
    assert writes_of(instances, RATE_MESSAGES) == 1 + 2 * (RATE_MESSAGES - 1)
    assert writes_of(instances, 1) == 3


def test_a_flood_costs_no_more_writes_than_these(instances: Instances) -> None:
    assert writes_of(instances, 500) == 1 + 2 * (RATE_MESSAGES - 1) + 3 * RATE_STRIKES == 54
