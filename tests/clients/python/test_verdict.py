"""What the command says became of an event, from the rows and messages that the system itself writes."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from shared.aws.history import DynamoHistory
from shared.aws.rejections import SqsRejections
from shared.domain.lease import Lease
from shared.domain.receipt import Receipt
from tests.adapters.worlds import create_tables
from tidings.account import Account
from tidings.verdict import Verdict, from_receipts, wait_for_verdict

NOW = 1_763_132_400.0
LEASE = Lease("me", NOW + 60)


@pytest.fixture
def world() -> Iterator[tuple[Account, DynamoHistory, SqsRejections]]:
    with mock_aws():
        session = boto3.Session(region_name="us-east-1")
        account = Account(session=session, endpoint_url=None, stage="local")
        create_tables(account.dynamodb())
        url = account.sqs().create_queue(QueueName="RejectedEvents")["QueueUrl"]
        history = DynamoHistory(dynamodb=account.dynamodb(), table=account.events_table())
        yield account, history, SqsRejections(sqs=account.sqs(), url=url)


def verdict(account: Account, event_id: str) -> Verdict:
    return wait_for_verdict(account, event_id, seconds=0)


def test_a_receipt_is_a_delivery(world: tuple[Account, DynamoHistory, SqsRejections]) -> None:
    account, history, _ = world
    history.claim("e", now=NOW, lease=LEASE)
    assert verdict(account, "e").outcome == "unknown"

    history.finish("e", Receipt(published_at=NOW, matched=3, delivered=2, gone=1), lease=LEASE)
    assert verdict(account, "e").words() == "Delivered to 2 connections, 1 gone"


def test_parts_are_added_up_once_all_are_done(world: tuple[Account, DynamoHistory, SqsRejections]) -> None:
    account, history, _ = world
    history.claim("e", now=NOW, lease=LEASE)
    history.finish("e", Receipt(published_at=NOW, matched=3, delivered=3, parts=1), lease=LEASE)
    assert verdict(account, "e").outcome == "unknown"

    history.claim("e", part=1, now=NOW, lease=LEASE)
    history.finish("e", Receipt(published_at=NOW, matched=4, delivered=4), part=1, lease=LEASE)
    assert verdict(account, "e").values() == {"outcome": "delivered", "matched": 7, "delivered": 7}


def test_a_rejection_tells_its_reasons(world: tuple[Account, DynamoHistory, SqsRejections]) -> None:
    account, _, rejections = world
    for event_id in ("other", "e"):
        content = {"id": "bus-id", "detail": {"id": event_id, "data": {}}}
        rejections.put("invalid_event", reasons=(f"{event_id} is wrong",), content=content)

    assert verdict(account, "e").words() == "Rejected: e is wrong"
    # Looked at, not taken: it is there again a second later.
    again = wait_for_verdict(account, "e", seconds=5)
    assert again.outcome == "rejected"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Verdict(outcome="delivered", matched=1, delivered=1), "Delivered to 1 connection"),
        (
            Verdict(outcome="delivered", others={"held": 1}),
            "Held: when its conflation window ends, the newest event of its key is sent",
        ),
        (Verdict(outcome="delivered", others={"superseded": 1}), "Not sent: a newer event of its key was"),
        (Verdict(outcome="delivered"), "Accepted, and nobody who is connected is subscribed to it"),
        (Verdict(outcome="rejected", reasons=["a", "b"]), "Rejected: a; b"),
    ],
)
def test_the_words(given: Verdict, words: str) -> None:
    assert given.words() == words
    assert json.dumps(given.values())


@pytest.mark.parametrize("rows", [[], [{"stream": {"S": "event#e"}}]], ids=["no row", "not finished"])
def test_no_receipt_is_no_verdict(rows: list[Any]) -> None:
    assert from_receipts(rows) is None
