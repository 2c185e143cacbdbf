"""Joining channels by grants, patterns, rules and number; one shard for each channel with parameters."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.domain.audience import Audience, shard_of
from shared.domain.connection import Connection
from shared.domain.identity import Identity
from shared.domain.rate import INTERVAL_MS
from tests.adapters.worlds import CHANNELS_AT_MOST, SHARDS, World, create_tables, dynamo_world

NOW = 1_763_132_400.0
RED = {"teams": ["red"]}


def connect(world: World, name: str, *channels: str, **changes: Any) -> Connection:
    given = {"user_id": "ann", "connected_at": NOW, "shard": shard_of(name, SHARDS), **changes}
    connection = Connection(connection_id=name, channels=frozenset(channels), **given)
    world.registry.add(connection)
    return connection


def join(world: World, channel: str, name: str = "a") -> bool:
    """Whether the one write that admits the message has put the channel among the connection's."""
    admitted = world.admission.admit(name, now=NOW, join=channel)
    if channel not in admitted.connection.channels:
        return False
    return world.admission.add_to_topic(admitted.connection, channel, version=admitted.version)


def heard_by(world: World, channel: str, user_id: str | None = None) -> set[str]:
    audience = Audience(channel, user_id)
    pages = world.subscribers.pages(audience, world.subscribers.places(audience), now=NOW)
    return {one.connection_id for page in pages for one in page.targets}


@pytest.mark.parametrize("busy", [False, True])
@pytest.mark.parametrize(
    ("grants", "claims", "channel", "joined"),
    [
        (None, {}, "orders/42", True),
        ([], {}, "orders/42", False),
        (["orders/42"], {}, "orders/42", True),
        (["orders/421", "orders/4"], {}, "orders/42", False),
        (["orders/*"], {}, "orders/42", True),
        (["orders/*", "!orders/42"], {}, "orders/42", False),
        (["orders/42", "!orders/*"], {}, "orders/42", False),
        (["!orders/42"], {}, "orders/42", False),
        (["news"], {}, "news", True),
        (["news", "!news"], {}, "news", False),
        (None, {}, "teams/red", False),
        (None, RED, "teams/red", True),
        (None, RED, "teams/blue", False),
        ([], RED, "teams/red", True),
        (["!teams/red"], RED, "teams/red", False),
        (["teams/*"], {}, "teams/red", True),
        (["teams/red"], {}, "teams/red", True),
    ],
    ids=str,
)
def test_a_channel_is_joined_when_the_token_or_the_rule_says_so(
    world: World,
    grants: list[str] | None,
    claims: dict[str, Any],
    channel: str,
    *,
    joined: bool,
    busy: bool,
) -> None:
    connect(world, "a", grants=None if grants is None else frozenset(grants), claims=claims)
    if busy:
        world.admission.admit("a", now=NOW)
    assert join(world, channel) is joined
    assert heard_by(world, channel) == ({"a"} if joined else set())
    found = world.registry.find("a")
    assert found is not None
    assert (channel in found.channels) is joined


def test_what_rules_read_is_kept_with_the_connection(world: World) -> None:
    made = connect(world, "a", "orders/42", claims={"teams": ["röt"], "deep": {"x": [1, None]}})
    assert world.registry.find("a") == made
    assert world.admission.admit("a", now=NOW).connection == made


def test_a_connection_has_so_many_channels_and_no_more(world: World) -> None:
    names = [f"orders/{number}" for number in range(CHANNELS_AT_MOST)]
    connect(world, "a", *names[:-1])
    assert join(world, names[-1])
    assert not join(world, "orders/one-more")
    assert not join(world, "news")
    assert join(world, names[0]), "again"
    world.admission.admit("a", now=NOW, leave=names[0])
    assert join(world, "orders/one-more")


def test_a_message_counts_also_when_the_channel_is_not_joined(world: World) -> None:
    connect(world, "a", grants=frozenset())
    before = world.admission.admit("a", now=NOW).version
    assert not join(world, "teams/red")
    assert not join(world, "orders/42")
    assert world.admission.admit("a", now=NOW).version - before == 3 * INTERVAL_MS


def test_a_new_token_takes_a_connection_off_what_it_does_not_allow(world: World) -> None:
    names = ["news", "orders/1", "orders/2", "orders/3", "teams/red"]
    connection = connect(world, "a", *names, claims=RED)
    version = world.admission.admit("a", now=NOW).version
    identity = Identity(
        user_id="ann",
        verified=True,
        grants=frozenset({"orders/*", "!orders/2"}),
        claims={"teams": ["blue"]},
        valid_until=NOW + 600,
    )
    renewed = world.admission.renew(connection, identity, version=version)
    assert renewed.channels == {"orders/1", "orders/3"}
    assert (renewed.grants, renewed.claims) == (identity.grants, identity.claims)
    assert {name for name in names if heard_by(world, name)} == {"orders/1", "orders/3"}
    assert join(world, "teams/blue")
    assert not join(world, "teams/red")


def test_a_channel_with_parameters_has_one_shard_and_is_counted_and_left(world: World) -> None:
    for number in range(2 * SHARDS):
        connect(world, f"c{number}", "orders/42", "news", user_id=f"u{number % 2}")
    everybody = {f"c{number}" for number in range(2 * SHARDS)}
    assert len(world.subscribers.places(Audience("orders/42"))) == 1
    assert heard_by(world, "orders/42") == heard_by(world, "news") == everybody
    assert heard_by(world, "orders/42", "u0") == {f"c{number}" for number in range(0, 2 * SHARDS, 2)}
    assert world.subscribers.count("orders/42", now=NOW) == 2 * SHARDS
    assert world.subscribers.count("orders/43", now=NOW) == 0
    world.registry.remove("c0")
    assert heard_by(world, "orders/42") == everybody - {"c0"}


def test_the_sweep_reads_a_channel_with_parameters_and_removes_its_rows(world: World) -> None:
    for name in ("a", "b", "c"):
        connect(world, name, "orders/42", "news")
    assert world.orphan_rows.known(["a", "b"], ended_before=NOW).channels == {"orders/42"}
    first = world.orphan_rows.page_of("orders/42", None, rows=2)
    rest = world.orphan_rows.page_of("orders/42", first.next_place, rows=2)
    assert [row.connection_id for row in (*first.rows, *rest.rows)] == ["a", "b", "c"]
    assert rest.next_place is None
    world.orphan_rows.remove(first.rows, now=NOW)
    assert heard_by(world, "orders/42") == {"c"}
    assert heard_by(world, "news") == {"a", "b", "c"}


class ReadsThen:
    """A DynamoDB client: after its first read of a row something else happens."""

    def __init__(self, client: Any, happens: Callable[[], object]) -> None:
        self._client, self._happens = client, [happens]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_item(self, **request: Any) -> Any:
        answer = self._client.get_item(**request)
        if self._happens:
            self._happens.pop()()
        return answer


@pytest.mark.parametrize(
    ("teams", "joined"), [(["blue"], False), (["red", "blue"], True)], ids=["takes it away", "allows it, too"]
)
def test_a_new_token_that_comes_while_a_rule_is_asked_is_asked_as_well(
    teams: list[str], *, joined: bool
) -> None:
    with mock_aws():
        client = boto3.client("dynamodb")
        create_tables(client)
        world = dynamo_world(client)
        connection = connect(world, "a", claims=RED)
        token = Identity(user_id="ann", verified=True, claims={"teams": teams})
        meanwhile: Any = ReadsThen(client, lambda: world.admission.renew(connection, token, version=0))
        assert join(dynamo_world(meanwhile), "teams/red") is joined
        assert heard_by(world, "teams/red") == ({"a"} if joined else set())
