"""Rows of events that another version has written."""

from typing import Any

import pytest

from shared.app.ports.history import Claim
from shared.aws.history import DynamoHistory
from shared.domain.lease import Lease
from shared.domain.progress import Place

NOW = 1_763_132_400.0


class OneRow:
    """The client of DynamoDB, where each claim finds the same row."""

    def __init__(self, progress: str) -> None:
        receipt = {"matched": {"N": "3"}, "offset": {"N": "7"}, "previous": {"N": "6"}}
        self.row: dict[str, Any] = {
            "claims": {"N": "2"},
            "receipt": {"M": receipt},
            "progress": {"S": progress},
        }

    def update_item(self, **_: Any) -> dict[str, Any]:
        return {"Attributes": self.row}


@pytest.mark.parametrize(
    ("progress", "epoch"),
    [
        ('[[[0,"a=="]],[["b",1763132400.0,1,true]],[]]', ""),
        ('[[[0,"a=="]],[["b",1763132400.0,1,true]],[],"e1"]', "e1"),
        ('[[[0,"a==","more"]],[["b",1763132400.0,1,true,"more"]],[],"e1","more"]', "e1"),
    ],
    ids=["without an epoch", "with one", "with more"],
)
def test_an_invocation_goes_on_from_what_another_version_has_saved(progress: str, epoch: str) -> None:
    dynamodb: Any = OneRow(progress)
    history: Any = DynamoHistory(dynamodb=dynamodb, table="events")
    claimed = history.claim("e", now=NOW, lease=Lease("me", NOW + 60))
    assert claimed.claim is Claim.NEW
    assert claimed.progress.places == (Place(0, "a=="),)
    assert [one.connection_id for one in claimed.progress.waiting] == ["b"]
    assert (claimed.progress.receipt.epoch, claimed.progress.receipt.offset) == (epoch, 7)
