"""Tickets, revocations, a user's devices, grants and renewal: the same in memory and in DynamoDB."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from shared.app.ports.access import Access
from shared.aws import clients
from shared.aws.access import DynamoAccess
from shared.aws.key_sources import secret_at
from shared.aws.topics import topic_row
from shared.domain.audience import Audience, shard_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost, TryAgain
from shared.domain.identity import Identity
from shared.domain.rate import INTERVAL_MS
from simulation.memory.dynamodb import MemoryDynamoDB
from tests.adapters.worlds import SHARDS, World, create_tables, dynamo_world, fake_world, memory_world
from tests.fakes.access import FakeAccess
from tests.fakes.catalog import Channel
from tests.fakes.registry import FakeRegistry
from tests.fakes.tables import TopicRow
from tidings.tickets import TicketOffice

NOW = 1_763_132_400.0


@dataclass
class Doors:
    world: World
    access: Access
    issue: Callable[..., str]


@pytest.fixture(params=["fake", "moto"])
def doors(request: pytest.FixtureRequest) -> Iterator[Doors]:
    if request.param == "fake":
        world, access = fake_world(), FakeAccess()
        yield Doors(world, access, lambda *args, **kwargs: access.issue(*args, now=NOW, **kwargs))
        return
    with mock_aws():
        dynamodb = clients.dynamodb()
        create_tables(dynamodb)
        yield Doors(
            dynamo_world(dynamodb),
            DynamoAccess(dynamodb=dynamodb, table="access"),
            # What producers really use.
            TicketOffice(dynamodb, table="access", now=lambda: NOW).issue,
        )


@pytest.mark.parametrize(
    "written",
    [
        {},
        {"origin": "https://app.example.com"},
        {"channels": ["jobs", "skills"]},
        {"channels": []},
        {"valid_until": NOW + 600},
    ],
    ids=["plain", "origin", "channels", "no channels", "valid until"],
)
def test_a_ticket_says_what_was_written_on_it_and_once(doors: Doors, written: dict[str, Any]) -> None:
    ticket = doors.issue("ann", **written)
    channels = written.get("channels")
    expected = Identity(
        user_id="ann",
        verified=True,
        origin=written.get("origin"),
        grants=None if channels is None else frozenset(channels),
        issued_at=NOW,
        valid_until=written.get("valid_until"),
    )
    assert doors.access.redeem(ticket, now=NOW + 59) == expected
    assert doors.access.redeem(ticket, now=NOW + 59) is None


def test_a_ticket_is_good_for_a_minute(doors: Doors) -> None:
    ticket = doors.issue("ann")
    assert doors.access.redeem(ticket, now=NOW + 60) is None


@pytest.mark.parametrize("text", ["", "made up", "\ud800", "x" * 4096])
def test_what_is_no_ticket_is_nobodys(doors: Doors, text: str) -> None:
    assert doors.access.redeem(text, now=NOW) is None


def test_of_many_who_show_a_ticket_at_once_one_gets_in(doors: Doors, request: pytest.FixtureRequest) -> None:
    if "moto" in request.node.callspec.id:
        pytest.skip("moto checks a condition and writes in two steps, between which threads may switch")
    ticket = doors.issue("ann")
    with ThreadPoolExecutor(8) as pool:
        holders = list(pool.map(lambda _: doors.access.redeem(ticket, now=NOW), range(16)))
    assert sum(holder is not None for holder in holders) == 1


def test_the_latest_revocation_counts_whatever_comes_late(doors: Doors) -> None:
    assert doors.access.revoked_at("ann") is None
    doors.access.revoke("ann", at=NOW)
    doors.access.revoke("ann", at=NOW - 100)
    assert doors.access.revoked_at("ann") == NOW
    doors.access.revoke("ann", at=NOW + 100)
    assert doors.access.revoked_at("ann") == NOW + 100
    assert doors.access.revoked_at("bob") is None


def connection(connection_id: str, *channels: Channel, **changes: Any) -> Connection:
    given = {"user_id": "ann", "connected_at": NOW, "shard": shard_of(connection_id, SHARDS), **changes}
    return Connection(connection_id=connection_id, channels=frozenset(channels), **given)


def test_a_users_devices_are_listed_oldest_first(doors: Doors) -> None:
    for name, seconds in (("b", 2), ("a", 3), ("c", 1)):
        doors.world.registry.add(connection(name, connected_at=NOW + seconds))
    doors.world.registry.add(connection("other", user_id="bob"))
    doors.world.registry.add(connection("over", valid_until=NOW + 5))
    assert [one.connection_id for one in doors.world.subscribers.of_user("ann", now=NOW + 10)] == [
        "c",
        "b",
        "a",
    ]
    assert doors.world.subscribers.of_user("nobody", now=NOW) == []


def test_an_addresss_connections_are_listed_until_they_leave(doors: Doors) -> None:
    for name, seconds in (("b", 2), ("a", 1)):
        doors.world.registry.add(connection(name, connected_at=NOW + seconds, address="192.0.2.1"))
    doors.world.registry.add(connection("other", address="192.0.2.11"))
    listed = doors.world.subscribers.of_address("192.0.2.1", now=NOW + 10)
    assert [one.connection_id for one in listed] == ["a", "b"]
    doors.world.registry.remove("a")
    doors.world.registry.remove_all([listed[1]])
    assert doors.world.subscribers.of_address("192.0.2.1", now=NOW + 10) == []


def heard_by(world: World, audience: Any, *, now: float = NOW) -> set[str]:
    subscribers = world.subscribers
    pages = subscribers.pages(audience, subscribers.places(audience), now=now)
    return {one.connection_id for page in pages for one in page.targets}


GRANTED = frozenset({Channel.JOBS, Channel.SKILLS})
JOBS = Audience(Channel.JOBS)


@pytest.mark.parametrize("grants", [None, frozenset(), GRANTED], ids=["all", "none", "two"])
@pytest.mark.parametrize("valid_until", [None, NOW + 600.0])
def test_what_a_connection_may_is_kept_with_it(
    doors: Doors, grants: frozenset[Channel] | None, valid_until: float | None
) -> None:
    made = connection("a", grants=grants, valid_until=valid_until)
    doors.world.registry.add(made)
    assert doors.world.registry.find("a") == made
    assert doors.world.admission.admit("a", now=NOW).connection == made
    assert doors.world.registry.find("gone") is None


def join(doors: Doors, channel: Channel, *, now: float = NOW) -> bool:
    admission = doors.world.admission.admit("a", now=now, join=channel)
    if channel not in admission.connection.channels:
        return False
    return doors.world.admission.add_to_topic(admission.connection, channel, version=admission.version)


@pytest.mark.parametrize("busy", [False, True])
def test_a_forbidden_channel_is_not_joined_and_the_message_counts_all_the_same(
    doors: Doors, *, busy: bool
) -> None:
    doors.world.registry.add(connection("a", grants=GRANTED))
    if busy:
        doors.world.admission.admit("a", now=NOW)
    before = doors.world.admission.admit("a", now=NOW).version
    assert not join(doors, Channel.SYSTEM)
    assert join(doors, Channel.JOBS)
    assert heard_by(doors.world, Audience(Channel.SYSTEM)) == set()
    assert heard_by(doors.world, JOBS) == {"a"}
    after = doors.world.admission.admit("a", now=NOW).version
    assert after - before == 3 * INTERVAL_MS


def renew(doors: Doors, **changes: Any) -> Connection:
    version = doors.world.admission.admit("a", now=NOW).version
    identity = Identity(user_id="ann", verified=True, **changes)
    return doors.world.admission.renew(
        doors.world.registry.find("a") or connection("a"), identity, version=version
    )


def test_a_connection_is_heard_until_its_token_ends_and_longer_when_renewed(doors: Doors) -> None:
    doors.world.registry.add(connection("a", Channel.JOBS, valid_until=NOW + 600))
    user = Audience(Channel.JOBS, "ann")
    assert heard_by(doors.world, JOBS, now=NOW + 600) == set()
    renewed = renew(doors, valid_until=NOW + 1200)
    assert renewed.valid_until == NOW + 1200
    for audience in (JOBS, user):
        assert heard_by(doors.world, audience, now=NOW + 600) == {"a"}
        assert heard_by(doors.world, audience, now=NOW + 1200) == set()
    assert renew(doors, valid_until=None).valid_until is None
    assert heard_by(doors.world, JOBS, now=NOW + 1200) == {"a"}


def test_a_renewal_that_grants_less_leaves_what_it_does_not_grant(doors: Doors) -> None:
    doors.world.registry.add(connection("a", Channel.JOBS, Channel.SYSTEM))
    renewed = renew(doors, grants=GRANTED)
    assert renewed.channels == {Channel.JOBS}
    assert heard_by(doors.world, JOBS) == {"a"}
    assert heard_by(doors.world, Audience(Channel.SYSTEM)) == set()


def test_a_renewal_also_leaves_what_a_later_message_joined_before_it_was_written(doors: Doors) -> None:
    """Two functions carry out two messages of one connection at once."""
    admission = doors.world.admission
    doors.world.registry.add(connection("a"))
    first = admission.admit("a", now=NOW)
    second = admission.admit("a", now=NOW, join=Channel.SYSTEM)
    assert admission.add_to_topic(second.connection, Channel.SYSTEM, version=second.version)
    identity = Identity(user_id="ann", verified=True, grants=GRANTED)
    assert admission.renew(first.connection, identity, version=first.version).channels == set()
    assert heard_by(doors.world, Audience(Channel.SYSTEM)) == set()


@pytest.mark.parametrize("dies_at", ["delete_item", "DELETE channels :lost"])
def test_a_renewal_that_dies_before_it_has_left_a_channel_is_ended_by_the_next(
    monkeypatch: pytest.MonkeyPatch, dies_at: str
) -> None:
    world = memory_world()
    doors = Doors(world, FakeAccess(), lambda *_, **__: "")
    world.registry.add(connection("a", Channel.JOBS, Channel.SYSTEM))
    for method in ("delete_item", "update_item"):
        call = getattr(MemoryDynamoDB, method)

        def crashing(self: Any, *, _call: Any = call, _method: str = method, **request: Any) -> Any:
            if dies_at in (_method, request.get("UpdateExpression")):
                raise SystemError("killed")
            return _call(self, **request)

        monkeypatch.setattr(MemoryDynamoDB, method, crashing)
    with pytest.raises(SystemError):
        renew(doors, grants=GRANTED)
    monkeypatch.undo()
    assert renew(doors, grants=GRANTED).channels == {Channel.JOBS}
    assert heard_by(world, Audience(Channel.SYSTEM)) == set()


def test_a_subscription_under_way_during_a_renewal_lasts_as_long_as_the_new_token(doors: Doors) -> None:
    doors.world.registry.add(connection("a", valid_until=NOW + 600))
    admission = doors.world.admission.admit("a", now=NOW, join=Channel.JOBS)
    renew(doors, valid_until=NOW + 1200)
    assert doors.world.admission.add_to_topic(admission.connection, Channel.JOBS, version=admission.version)
    assert heard_by(doors.world, JOBS, now=NOW + 600) == {"a"}


def test_what_is_late_for_an_older_token_ends_nothing(doors: Doors) -> None:
    older = connection("a", Channel.JOBS, valid_until=NOW + 600)
    doors.world.registry.add(older)
    renew(doors, valid_until=NOW + 1200)
    doors.world.registry.refresh(older)
    assert heard_by(doors.world, JOBS, now=NOW + 600) == {"a"}


def test_an_older_token_that_is_late_does_not_replace_a_newer_one(doors: Doors) -> None:
    doors.world.registry.add(connection("a", Channel.JOBS, valid_until=NOW + 600))
    older, newer = (doors.world.admission.admit("a", now=NOW) for _ in range(2))
    for admitted, ends in ((newer, 1200), (older, 900), (newer, 1200)):
        identity = Identity(user_id="ann", verified=True, valid_until=NOW + ends)
        renewed = doors.world.admission.renew(admitted.connection, identity, version=admitted.version)
        assert renewed.valid_until == NOW + 1200
        assert heard_by(doors.world, JOBS, now=NOW + 1199) == {"a"}
        assert heard_by(doors.world, JOBS, now=NOW + 1200) == set()


def test_a_subscription_of_before_a_renewal_stays_and_ends_with_the_new_token(doors: Doors) -> None:
    world = doors.world
    world.registry.add(connection("a", valid_until=NOW + 600))
    first, left, second = (
        world.admission.admit("a", now=NOW, **{change: Channel.JOBS}) for change in ("join", "leave", "join")
    )
    assert world.admission.add_to_topic(first.connection, Channel.JOBS, version=first.version)
    renew(doors, valid_until=NOW + 1200)
    assert world.admission.add_to_topic(second.connection, Channel.JOBS, version=second.version)
    world.admission.remove_from_topic(left.connection, Channel.JOBS, version=left.version)
    assert heard_by(world, JOBS, now=NOW + 600) == {"a"}


def test_a_subscription_under_way_when_its_grant_is_taken_is_undone(doors: Doors) -> None:
    doors.world.registry.add(connection("a"))
    admission = doors.world.admission.admit("a", now=NOW, join=Channel.SYSTEM)
    renew(doors, grants=GRANTED)
    assert not doors.world.admission.add_to_topic(
        admission.connection, Channel.SYSTEM, version=admission.version
    )
    assert heard_by(doors.world, Audience(Channel.SYSTEM)) == set()


def test_renewing_what_is_gone_brings_nothing_back(doors: Doors) -> None:
    with pytest.raises(ConnectionLost):
        doors.world.admission.renew(connection("a"), Identity(user_id="ann", verified=True), version=1)
    assert doors.world.registry.find("a") is None


def test_a_reused_connection_id_takes_nothing_over(doors: Doors) -> None:
    doors.world.registry.add(connection("a", Channel.JOBS, Channel.SYSTEM, user_id="ann"))
    doors.world.registry.add(connection("a", Channel.JOBS, user_id="bob", connected_at=NOW + 100))
    assert heard_by(doors.world, Audience(Channel.JOBS, "ann")) == set()
    assert heard_by(doors.world, Audience(Channel.SYSTEM)) == set()
    assert heard_by(doors.world, Audience(Channel.JOBS, "bob")) == {"a"}


def test_a_row_left_behind_under_a_user_gives_a_reused_connection_id_nothing(doors: Doors) -> None:
    """The first connection was lost and reaped, but for one row that the crash left."""
    lost = connection("a", Channel.JOBS, user_id="ann")
    if isinstance(doors.world.registry, FakeRegistry):
        doors.world.registry.tables.topics["@user:ann", "a"] = TopicRow(lost)
    else:
        clients.dynamodb().put_item(TableName="subscriptions", Item=topic_row(lost, "@user:ann"))
    doors.world.registry.add(connection("a", Channel.JOBS, user_id="bob", connected_at=NOW + 0.001))
    assert heard_by(doors.world, Audience(Channel.JOBS, "ann")) == set()
    assert heard_by(doors.world, Audience(Channel.JOBS, "bob")) == {"a"}


@pytest.mark.parametrize("service", ["secretsmanager", "ssm"])
def test_a_shared_secret_is_read_where_its_name_says(service: str) -> None:
    with mock_aws():
        arn = "arn:aws:ssm:us-east-1:123456789012:parameter/tidings/secret"
        missing = secret_at(
            arn if service == "ssm" else arn.replace("ssm", service).replace("parameter/", "secret:")
        )
        with pytest.raises(TryAgain):
            missing()
        if service == "ssm":
            clients.ssm().put_parameter(Name="/tidings/secret", Value="the secret", Type="SecureString")
        else:
            arn = clients.secrets_manager().create_secret(Name="t", SecretString="the secret")["ARN"]
        assert secret_at(arn)() == "the secret"
