"""Each conditional write, carried out and asked for again, as botocore does after an answer that was late."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.app.ports.history import Claim, Claimed
from shared.app.ports.schedule import ChangeResult
from shared.app.ports.windows import KeptWindow
from shared.aws.access import DynamoAccess
from shared.domain.conflation import Window
from shared.domain.connection import Connection
from shared.domain.identity import Identity
from shared.domain.lease import Lease
from shared.domain.limits import RATE_MESSAGES
from shared.domain.progress import Progress
from shared.domain.receipt import Receipt
from shared.domain.schedule import Cancelled, Planned
from shared.domain.streams import LogRow
from tests.adapters.worlds import CHANNELS_AT_MOST, World, create_tables, dynamo_world

NOW = 1_763_132_400.0
LEASE = Lease("me", NOW + 60)
LATER = Lease("another", NOW + 60)
WRITES = ("put_item", "update_item", "delete_item")


class AnswersLate:
    """A DynamoDB client whose every single write is carried out twice, as the answer to the first is lost."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in WRITES:
            return call

        def twice(**request: Any) -> Any:
            call(**request)
            return call(**request)

        return twice


class Late:
    """A world of adapters whose writes are answered late, and its twin that prepares what they meet."""

    def __init__(self) -> None:
        client = boto3.client("dynamodb")
        create_tables(client)
        self.client, self.late_client = client, AnswersLate(client)
        self.plain: World = dynamo_world(client)
        self.late: World = dynamo_world(self.late_client)  # type: ignore[arg-type]  # it acts as one
        connection = Connection(
            connection_id="c", user_id="ann", channels=frozenset({"jobs"}), connected_at=NOW, shard=1
        )
        self.connection = connection
        self.plain.registry.add(connection)


@pytest.fixture
def world() -> Iterator[Late]:
    with mock_aws():
        yield Late()


def claim(world: Late) -> None:
    assert world.late.history.claim("e", now=NOW, lease=LEASE).claim is Claim.NEW
    assert world.plain.history.claim("e", now=NOW, lease=LATER).claim is Claim.RUNNING


def claim_of_a_row_that_expired(world: Late) -> None:
    world.plain.history.claim("e", now=NOW - 100_000, lease=LATER)
    world.plain.history.finish("e", Receipt(), lease=LATER)
    assert world.late.history.claim("e", now=NOW, lease=LEASE).claim is Claim.NEW


def save_release_finish(world: Late) -> None:
    progress = Progress(places=(), receipt=Receipt(matched=1, delivered=1))
    world.plain.history.claim("e", now=NOW, lease=LEASE)
    assert world.late.history.save("e", progress, lease=LEASE)
    assert world.late.history.release("e", progress, lease=LEASE)
    assert world.late.history.claim("e", now=NOW, lease=LEASE).claim is Claim.NEW
    assert world.late.history.finish("e", progress.receipt, lease=LEASE)
    assert world.plain.history.claim("e", now=NOW, lease=LATER) == Claimed(Claim.DONE)


def note(world: Late) -> None:
    world.late.history.note("e", Receipt(held=1), window="k", now=NOW)
    assert world.plain.history.claim("e", now=NOW, lease=LEASE) == Claimed(Claim.NEW)


def take(world: Late) -> None:
    asked: dict[str, Any] = {"channel": "jobs", "now": NOW, "to_inbox": True}
    for taker, keep_seconds, number in (("e", 3600, 1), ("f", 60, 2), ("g", 3600, 3)):
        head = world.late.streams.take("user#ann", taker, keep_seconds=keep_seconds, **asked)
        assert (head.offset, head.previous, head.inbox) == (number, number - 1, number)
    assert head.least_keep_seconds == 60


def write_of_a_row(world: Late) -> None:
    head = world.plain.streams.use("channel#jobs", now=NOW, keep_seconds=60)
    row = LogRow(
        offset=1,
        epoch=head.epoch,
        event_id="e",
        channel="jobs",
        envelope="{}",
        taken_at=(NOW,),
        expires_at=NOW + 60,
    )
    assert world.late.streams.write("channel#jobs", row)
    assert not world.late.streams.write("channel#jobs", replace(row, event_id="f"))


def what_is_not_kept(world: Late) -> None:
    head = world.plain.streams.use("channel#jobs", now=NOW, keep_seconds=60)
    world.late.streams.not_kept("channel#jobs", "jobs")
    anew = world.late.streams.make_anew("channel#jobs", head.epoch, now=NOW + 1, keep_seconds=60)
    assert (anew.epoch > head.epoch, anew.not_kept) == (True, frozenset())
    assert world.plain.streams.heads(["channel#jobs"]) == {"channel#jobs": anew}


def window(world: Late) -> None:
    opened = Window(ends_at=NOW + 2, moment=NOW, seen=("1",), sent_id="1")
    assert world.late.windows.write("k", opened, after=KeptWindow(window=None, version=0), now=NOW) is None
    kept = world.plain.windows.read("k", now=NOW)
    assert kept == KeptWindow(window=opened, version=1)
    assert world.late.windows.write("k", opened, after=kept, now=NOW) is None
    assert world.plain.windows.read("k", now=NOW).version == 2


def welcome(world: Late) -> None:
    assert world.late.greetings.claim("c", now=NOW, lease=LEASE).claim is Claim.NEW
    assert world.plain.greetings.claim("c", now=NOW, lease=LATER).claim is Claim.RUNNING
    world.late.greetings.done("c")
    assert world.plain.greetings.claim("c", now=NOW + 100, lease=LATER).claim is Claim.DONE


def spend(world: Late, messages: int) -> None:
    for _ in range(messages):
        assert world.plain.admission.admit("c", now=NOW).retry_after_seconds is None


def admission(world: Late) -> None:
    first = world.late.admission.admit("c", now=NOW, join="skills")
    assert first.retry_after_seconds is None
    assert first.connection.channels == {"jobs", "skills"}
    spend(world, RATE_MESSAGES - 1)
    for strikes in (1, 2):
        refused = world.late.admission.admit("c", now=NOW)
        assert (refused.strikes, refused.retry_after_seconds is None) == (strikes, False)


def admission_while_busy(world: Late) -> None:
    for _ in range(2):
        assert world.late.admission.admit("c", now=NOW).retry_after_seconds is None
    spend(world, RATE_MESSAGES - 2)
    assert world.late.admission.admit("c", now=NOW).strikes == 1


def joining_by_a_rule_where_one_more_has_room(world: Late) -> None:
    others = frozenset(f"orders/{number}" for number in range(CHANNELS_AT_MOST - 1))
    world.plain.registry.add(replace(world.connection, channels=others, claims={"teams": ["red"]}))
    admitted = world.late.admission.admit("c", now=NOW, join="teams/red")
    assert admitted.connection.channels == {*others, "teams/red"}
    spend(world, RATE_MESSAGES - 1)  # it counted once
    assert world.plain.admission.admit("c", now=NOW).strikes == 1


def membership(world: Late) -> None:
    joined = world.plain.admission.admit("c", now=NOW, join="skills")
    assert world.late.admission.add_to_topic(joined.connection, "skills", version=joined.version)
    assert world.plain.subscribers.count("skills", now=NOW) == 1
    world.late.admission.remove_from_topic(joined.connection, "skills", version=joined.version)
    assert world.plain.subscribers.count("skills", now=NOW) == 0


def renewal(world: Late) -> None:
    identity = Identity(user_id="ann", verified=True, grants=frozenset({"skills"}), valid_until=NOW + 600)
    renewed = world.late.admission.renew(world.connection, identity, version=1)
    assert (renewed.channels, renewed.valid_until) == (frozenset(), NOW + 600)
    assert world.plain.subscribers.count("jobs", now=NOW) == 0
    world.late.admission.seen("c", now=NOW)


def removal(world: Late) -> None:
    assert world.late.registry.remove("c")
    assert world.plain.subscribers.count("jobs", now=NOW) == 0


def ticket(world: Late) -> None:
    from hashlib import sha256  # noqa: PLC0415  for this one row

    digest = sha256(b"t").hexdigest()
    row: Any = {
        "access_key": {"S": f"ticket#{digest}"},
        "user_id": {"S": "ann"},
        "issued_at": {"N": str(NOW)},
        "expires_at": {"N": str(NOW + 60)},
    }
    world.client.put_item(TableName="access", Item=row)
    late: Any = world.late_client
    holder = DynamoAccess(dynamodb=late, table="access").redeem("t", now=NOW)
    assert holder is not None
    assert holder.user_id == "ann"
    assert DynamoAccess(dynamodb=world.client, table="access").redeem("t", now=NOW) is None


def schedule(world: Late) -> None:
    planned = Planned(
        key="k", due_at=int(NOW) + 9, revision=1, told_by="e", event_id="e", event_type="job.created", data={}
    )
    assert world.late.schedule.tell(planned) is not ChangeResult.OUTDATED
    assert world.plain.schedule.current(planned.due) == planned
    world.late.schedule.handed_over([planned.due])
    assert list(world.plain.schedule.due(until=NOW + 60, turn=0)) == []
    assert world.late.schedule.tell(Cancelled(key="k", revision=2, told_by="f")) is not ChangeResult.OUTDATED
    assert world.plain.schedule.current(planned.due) is None


def revocation(world: Late) -> None:
    late: Any = world.late_client
    revocations = DynamoAccess(dynamodb=late, table="access")
    revocations.revoke("ann", at=NOW)
    assert revocations.revoked_at("ann") == NOW


def cursor(world: Late) -> None:
    for number in range(3):
        world.plain.streams.take(
            "user#ann", f"e{number}", channel="jobs", now=NOW, keep_seconds=60, to_inbox=True
        )
    assert world.late.inbox.see("ann", 2) == (3, 2)
    assert world.late.inbox.see("ann", 1) == (3, 2)
    assert world.late.inbox.see("ann", 9) == (3, 3)


def removed_plan(world: Late) -> None:
    planned = Planned(
        key="k", due_at=int(NOW) + 9, revision=1, told_by="e", event_id="e", event_type="job.created", data={}
    )
    world.plain.schedule.tell(planned)
    world.late.schedule.remove(planned.due)
    assert world.plain.schedule.current(planned.due) is None


def sweep(world: Late) -> None:
    rows = (
        world.plain.orphan_rows.page(None, rows=10).rows or world.plain.orphan_rows.page("1:", rows=10).rows
    )
    world.late.orphan_rows.remove(rows, now=NOW + 10_000)
    assert world.plain.registry.find("c") is None


CASES: dict[str, tuple[str, Callable[[Late], None]]] = {
    # case: the row of the table, and what is tried
    "claim": ("History.claim", claim),
    "claim of a row that expired": ("History.claim", claim_of_a_row_that_expired),
    "save, release, finish": ("History.save", save_release_finish),
    "note": ("History.note", note),
    "take": ("Streams.take", take),
    "write of a row": ("Streams.write", write_of_a_row),
    "not kept": ("Streams.not_kept", what_is_not_kept),
    "made anew": ("Streams.make_anew", what_is_not_kept),
    "window": ("Windows.write", window),
    "welcome": ("Greetings.claim", welcome),
    "admission": ("Admission.admit", admission),
    "admission while busy": ("Admission.admit", admission_while_busy),
    "joining": ("Admission.admit", joining_by_a_rule_where_one_more_has_room),
    "membership": ("Admission.add_to_topic", membership),
    "renewal": ("Admission.renew", renewal),
    "removal": ("Registry.remove", removal),
    "ticket": ("Access.redeem", ticket),
    "schedule": ("Schedule.tell", schedule),
    "cursor": ("Inbox.see", cursor),
    "removed plan": ("Schedule.remove", removed_plan),
    "revocation": ("Access.revoke", revocation),
    "sweep": ("OrphanRows.remove", sweep),
}


@pytest.mark.parametrize("case", CASES)
def test_a_write_that_was_answered_late_is_recognised(world: Late, case: str) -> None:
    CASES[case][1](world)


def test_the_page_names_every_conditional_write_and_every_case() -> None:
    page = Path("docs/writes.md").read_text()
    for name, _ in CASES.values():
        assert f"`{name}`" in page, name
    for path in sorted(Path("shared/aws").glob("*.py")):
        written = {
            keyword.arg
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Call)
            for keyword in node.keywords
        }
        assert "ConditionExpression" not in written or f"| {path.name} |" in page, path
