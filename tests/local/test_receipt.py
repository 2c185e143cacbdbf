"""`make receipt`: an event's rows, as the publisher writes them, told to a person."""

import pytest
from moto import mock_aws

from local.receipt import read_parts, told
from shared.aws import clients
from shared.aws.history import DynamoHistory
from shared.domain.lease import Lease
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt
from tests.adapters.worlds import create_tables

NOW = 1_763_132_400.0


@pytest.mark.parametrize("finished", [False, True], ids=["a part is outstanding", "all is done"])
def test_the_parts_are_added_up(*, finished: bool) -> None:
    with mock_aws():
        dynamodb = clients.dynamodb()
        create_tables(dynamodb)
        history = DynamoHistory(dynamodb=dynamodb, table="events")
        lease = NOW + 60
        history.claim("e", now=NOW, lease=Lease("me", lease))
        first = Receipt(
            published_at=NOW,
            matched=10,
            delivered=9,
            gone=1,
            parts=1,
            offset=1041,
            previous=1040,
            first_delivered_at=NOW + 0.5,
            last_delivered_at=NOW + 1,
        )
        history.finish("e", first, lease=Lease("me", lease))
        history.claim("e", part=1, now=NOW, lease=Lease("me", lease))
        second = Receipt(published_at=NOW, matched=5, delivered=4, waiting=1, last_delivered_at=NOW + 2.25)
        if finished:
            second.waiting, second.throttled = 0, 1
            history.finish("e", second, part=1, lease=Lease("me", lease))
        else:
            history.save(
                "e", Progress(places=(Place(0, "x"),), receipt=second), part=1, lease=Lease("me", lease)
            )

        text = told("e", list(read_parts(dynamodb, "events", "e")))

    lines = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert (lines["matched"], lines["delivered"], lines["gone"]) == ("15", "13", "1")
    assert (lines["waiting"], lines["throttled"]) == (("0", "1") if finished else ("1", "0"))
    assert lines["parts"] == f"2, {0 if finished else 1} outstanding"
    assert (lines["offset"], lines["previous"].split()) == ("1041", ["offset", "1040"])
    assert "inbox" not in text
    assert lines["latency"] == "2.250 s"
    assert "2025-11-14T15:00:00.500Z" in text
