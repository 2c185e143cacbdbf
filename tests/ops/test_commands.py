"""Connections, why, tail, drain: on rows that the functions themselves wrote."""

import json
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ops import drain as draining
from ops.rights import policy
from ops.rows import unseen_look
from shared.app.unseen import look
from shared.domain.deliveries import Scheduled
from shared.domain.lease import Lease
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt
from shared.domain.target import Outcome, Target
from tests.fakes.payloads import PAYLOADS
from tests.ops.account import HASH, Account
from tests.ops.conftest import Ops

JOB = PAYLOADS["job.created"]
LEASE = Lease("me", time.time() + 3600)
INBOX_TYPE = "interview.reminder"


def test_a_users_connections_are_listed(account: Account, ops: Ops) -> None:
    account.connect("c1=", "ann", "jobs,skills")
    account.connect("c2=", "ann", "interviews")
    account.connect("c3=", "bob", "jobs")

    status, said = ops("connections", "ann")

    assert status == 0
    assert "ann: 2 open" in said
    assert "jobs, skills" in said
    assert "c3=" not in said
    assert ops("connections", "eve") == (1, "eve is not connected.\n")


def test_what_became_of_an_event_is_told(account: Account, ops: Ops) -> None:
    account.connect("c1=", "ann", "jobs")
    account.connect("c2=", "bob", "jobs")
    account.sender.open.discard("c2=")
    account.publish("e1", "job.created", data=JOB)

    status, said = ops("why", "e1", "ann")

    assert status == 0
    assert "went out: 2 matched, 1 delivered, 1 gone" in said
    assert "it is kept at offset 1 of its stream" in said
    assert "ann is connected as c1= and hears jobs" in said


THROTTLED = Target("c1=", 0.0, runs=1, outcome=Outcome.THROTTLED)
UNREACHED = Target("c2=", 0.0, runs=3, outcome=Outcome.FAILED)
UNKNOWN = Target("c9=", 0.0, runs=1, outcome=Outcome.FAILED)
MORE_WAIT = "its audience is not read to the end: who else waits for it is not known yet"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (
            [Progress(places=(), waiting=[THROTTLED, UNREACHED, UNKNOWN], receipt=Receipt(waiting=3))],
            [
                "c1= of ann has not got it yet: tried by one run, the last post met a 429",
                "c2= has not got it yet: tried by 3 runs, the last post did not arrive; not welcomed yet",
                "c9= has not got it yet: tried by one run, the last post did not arrive; its row is gone",
            ],
        ),
        (
            [Progress(places=(Place(0, "c1="),), waiting=[THROTTLED], receipt=Receipt(waiting=1))],
            [
                "c1= of ann has not got it yet: tried by one run, the last post met a 429",
                MORE_WAIT,
            ],
        ),
        ([Progress(places=(), receipt=Receipt(parts=1))], [MORE_WAIT]),
        (
            [
                Progress(places=(), receipt=Receipt(parts=1)),
                Progress(places=(), waiting=[UNKNOWN] * 21, receipt=Receipt(waiting=21)),
            ],
            [
                *["c9= has not got it yet: tried by one run, the last post did not arrive; its row is gone"]
                * 20,
                "and 1 more connections",
            ],
        ),
    ],
    ids=["all are known", "not read to the end", "a part that did not begin", "more than are named"],
)
def test_who_has_not_got_an_event_yet_is_told(
    account: Account, ops: Ops, rows: list[Progress], said: list[str]
) -> None:
    account.connect("c1=", "ann", "jobs")
    account.connect("c2=", None, "jobs")
    ports = account.app.ports
    ports.greetings.done("c1=")
    for part, progress in enumerate(rows):
        ports.history.claim("e1", now=time.time(), lease=LEASE, part=part)
        ports.history.release("e1", progress, lease=LEASE, part=part)

    lines = [line.strip() for line in ops("why", "e1")[1].splitlines()]

    assert "was begun and is not finished; its delivery comes again by itself" in lines[1]
    assert [line for line in lines if "not got it" in line or line.startswith(("and", "its aud"))] == said


def test_who_was_given_up_is_told(account: Account, ops: Ops) -> None:
    account.connect("c1=", "ann", "jobs")
    account.app.ports.greetings.done("c1=")
    account.sender.planned["c1="] = [Outcome.TOO_LARGE]
    account.publish("e1", "job.created", data=JOB)

    said = ops("why", "e1")[1]

    assert "went out: 1 matched, 1 failed" in said
    assert "it waits in RejectedEvents: the message is too large for API Gateway" in said
    assert "c1= of ann never got it\n" in said


@pytest.mark.parametrize(
    ("event_type", "seen", "looked", "user", "said"),
    [
        (INBOX_TYPE, False, False, (), ["it is number 1 in ann's inbox, and was not seen yet"]),
        (INBOX_TYPE, True, False, (), ["it is number 1 in ann's inbox, and was seen"]),
        (INBOX_TYPE, False, False, (), ["if not, delivery.unseen goes on the bus"]),
        (INBOX_TYPE, False, True, (), ["name the user to hear whether it was seen"]),
        (INBOX_TYPE, False, True, ("ann",), ["was not seen yet", "delivery.unseen was put on the bus"]),
        ("interview.scheduled", False, False, (), ["name the user to hear whether it was seen"]),
    ],
    ids=str,
)
def test_whether_its_user_has_seen_an_event_of_the_inbox_is_told(
    account: Account,
    ops: Ops,
    event_type: str,
    *,
    seen: bool,
    looked: bool,
    user: tuple[str, ...],
    said: list[str],
) -> None:
    """The plan to look for it names the user. The event's own row does not."""
    account.connect("c1=", "ann", "interviews")
    account.publish("e1", event_type, data=PAYLOADS[event_type], user_id="ann")
    if seen:
        account.app.message("c1=", json.dumps({"action": "seen", "inbox": 1}))
    if looked:
        ports, due = account.app.ports, unseen_look(account.stage, "e1")
        assert due is not None
        planned = ports.schedule.current(Scheduled(schedule_key="unseen:e1", due_at=int(due[1])))
        assert planned is not None
        look(ports, planned, LEASE)

    told = ops("why", "e1", *user)[1]

    assert [words for words in said if words not in told] == []


def test_where_an_event_is_kept_for_a_user_and_whether_it_was_seen_is_told(
    account: Account, ops: Ops
) -> None:
    account.connect("c1=", "ann", "interviews")
    for event_id in ("e1", "e2"):
        account.publish(event_id, INBOX_TYPE, data=PAYLOADS[INBOX_TYPE], user_id="ann")
    account.publish("e3", "job.created", data=JOB, user_id="ann")
    account.app.message("c1=", json.dumps({"action": "seen", "inbox": 1}))

    def memory(event_id: str, user_id: str) -> list[str]:
        return [line.strip() for line in ops("why", event_id, user_id)[1].splitlines() if "'s " in line]

    assert memory("e1", "ann") == [
        "ann's own stream (@me) has it at offset 1",
        "it is number 1 in ann's inbox, and was seen",
    ]
    assert memory("e2", "ann") == [
        "ann's own stream (@me) has it at offset 2",
        "it is number 2 in ann's inbox, and was not seen yet",
    ]
    assert memory("e3", "ann") == [
        "ann's own stream (@me) has it at offset 3",
        "it is not in ann's inbox",
    ]
    assert memory("e1", "bob") == [
        "bob's own stream (@me) does not have it: it was for others, or is not kept any more",
        "it is not in bob's inbox",
    ]


@pytest.mark.parametrize(
    ("event_type", "data", "words"),
    [
        ("job.created", JOB, "nobody who was connected had subscribed to its channel"),
        ("job.nonsense", {}, "it waits in RejectedEvents: unknown event type 'job.nonsense'"),
    ],
)
def test_why_nobody_got_an_event_is_told(
    account: Account, ops: Ops, event_type: str, data: Any, words: str
) -> None:
    account.publish("e1", event_type, data=data)

    status, said = ops("why", "e1")

    assert status == 0
    assert words in said


def test_an_event_that_never_came_is_told(ops: Ops) -> None:
    status, said = ops("why", "e1", "ann")

    assert status == 1
    assert "it was never claimed" in said
    assert "was it put on this bus" in said
    assert "ann is not connected now" in said


def test_events_are_shown_as_they_come_and_nothing_is_left_behind(account: Account, ops: Ops) -> None:
    account.connect("c1=", "ann", "jobs")

    def produce() -> None:
        while not account.aws["events"].list_rules(
            EventBusName="tidings-prod", NamePrefix="tidings-prod-ops-tail"
        )["Rules"]:
            # In the same process: what is shown must come to its turn.
            time.sleep(0.02)
        account.publish("e1", "job.created", data=JOB)
        for kind in ("job.created", "job.analyzed"):
            entry = {
                "EventBusName": "tidings-prod",
                "Source": "test",
                "DetailType": kind,
                "Detail": json.dumps({"id": "e1", "data": JOB}),
            }
            account.aws["events"].put_events(Entries=[entry])

    producer = threading.Thread(target=produce)
    producer.start()
    status, said = ops("tail", "--type", "job.created", "--seconds", "4")
    producer.join()

    assert status == 0
    assert "job.created  to everybody  e1" in said
    assert "e1 went out: 1 matched, 1 delivered" in said
    assert "job.analyzed" not in said
    left = account.aws["events"].list_rules(EventBusName="tidings-prod")["Rules"]
    assert {rule["Name"] for rule in left} == {f"tidings-prod-Bus{n}{HASH}" for n in ("Publish", "Schedule")}
    assert "QueueUrls" not in account.aws["sqs"].list_queues(QueueNamePrefix="tidings-prod-ops-tail")


def states(account: Account) -> set[str]:
    return {state for _, _, state in account.stage.rules()}


def test_a_stage_is_brought_to_rest_and_back(account: Account, ops: Ops) -> None:
    account.put("RejectedEvents", {})

    status, said = ops("drain")
    assert (status, states(account)) == (0, {"ENABLED"})
    assert "1 wait in RejectedEvents" in said
    assert "Nothing was done" in said

    status, said = ops("drain", "--go")
    assert (status, states(account)) == (0, {"DISABLED"})
    assert "At rest" in said

    assert ops("drain", "--undo")[0] == 0
    assert states(account) == {"ENABLED"}


def test_a_stage_that_does_not_come_to_rest_is_told(
    account: Account, ops: Ops, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(draining, "POLL_SECONDS", 0.0)
    account.put("Delivery", {"kind": "welcome"})

    status, said = ops("drain", "--go", "--wait", "0.05")

    assert status == 1
    assert "1 are not done after 0 s" in said


def test_the_policy_holds_exactly_the_rights_that_are_taken(account: Account, ops: Ops) -> None:
    account.connect("c1=", "ann", "jobs")
    topic = account.client("sns").create_topic(Name="alarms")["TopicArn"]
    account.aws["cloudwatch"].put_metric_alarm(
        AlarmName="tidings-prod-X",
        AlarmActions=[topic],
        MetricName="x",
        Namespace="y",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    account.put("PublisherFailed", {"id": "e", "source": "s", "detail-type": "t", "detail": {}})
    account.put("DeliveryFailed", {"kind": "welcome"})
    for command in (
        ["doctor"],
        ["redrive", "publisher"],
        ["redrive", "publisher", "--go"],
        ["redrive", "delivery", "--go"],
        ["connections", "ann"],
        ["why", "e1", "ann"],
        ["tail", "--seconds", "0.5"],
        ["drain", "--go", "--wait", "0"],
        ["drain", "--undo"],
    ):
        ops(*command)

    granted = {action for statement in policy(account.stage)["Statement"] for action in statement["Action"]}
    assert account.used == granted


def test_the_policy_is_printed(ops: Ops) -> None:
    status, said = ops("policy")

    assert status == 0
    assert json.loads(said)["Statement"][0]["Resource"] == ["arn:aws:dynamodb:*:*:table/tidings-prod-*"]


def test_ops_reads_rows_in_one_module() -> None:
    """The rows' attributes change with the functions; what must follow is one file."""
    for file in Path("ops").glob("*.py"):
        if file.name != "rows.py":
            assert '"S"' not in file.read_text(), file
