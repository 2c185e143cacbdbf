"""Which events went out, in the events table: a row per event id, and one more for each of its parts."""

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.history import Claim, Claimed
from shared.aws.conditions import Item, is_failed_condition, row_of_failure
from shared.domain.lease import Lease
from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.progress import Place, Progress
from shared.domain.receipt import Receipt
from shared.domain.target import Outcome, Target

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


_CLAIM = (
    "SET lease_until = :until, lease_owner = :me, claimed_at = :now, expires_at = :expires ADD claims :one"
)
_MAY_CLAIM = (
    "attribute_not_exists(#stream)"
    " OR expires_at <= :now"
    " OR (attribute_not_exists(finished)"
    " AND (attribute_not_exists(lease_until) OR lease_until < :now OR lease_owner = :me))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoHistory:
    dynamodb: "DynamoDBClient"
    table: str

    def claim(self, event_id: str, *, now: float, lease: Lease, part: int = 0) -> Claimed:
        key = _key(event_id, part)
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=key,
                UpdateExpression=_CLAIM,
                ConditionExpression=_MAY_CLAIM,
                ExpressionAttributeNames={"#stream": "stream"},
                ExpressionAttributeValues={
                    ":until": {"N": str(lease.until)},
                    ":me": {"S": lease.owner},
                    ":now": {"N": str(now)},
                    ":expires": {"N": str(int(now) + EVENT_ROW_SECONDS)},
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, key, exc) or {}
            # A claim that was carried out and asked for again, on a row that was about to be deleted.
            is_mine = row.get("lease_owner") == {"S": lease.owner} and "lease_until" in row
            if "finished" in row and not is_mine:
                return Claimed(Claim.DONE)
            if not is_mine:
                lease_until = float(row["lease_until"]["N"]) if "lease_until" in row else now
                return Claimed(Claim.RUNNING, lease_until=lease_until)
        else:
            row = answer["Attributes"]
        if "finished" in row:
            # A row that DynamoDB has not yet deleted: this is another event of the same id, a day later.
            self._forget(key)
            return Claimed(Claim.NEW)
        return Claimed(Claim.NEW, progress=_progress(row), again=int(row["claims"]["N"]) > 1)

    def save(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        return self._update(event_id, part, lease, f"SET {_SAVED}", _values(progress))

    def release(self, event_id: str, progress: Progress, *, lease: Lease, part: int = 0) -> bool:
        return self._update(event_id, part, lease, f"SET {_SAVED} REMOVE lease_until", _values(progress))

    def finish(self, event_id: str, receipt: Receipt, *, lease: Lease, part: int = 0) -> bool:
        return self._update(
            event_id,
            part,
            lease,
            "SET finished = :yes, receipt = :receipt REMOVE lease_until, progress",
            {":yes": {"BOOL": True}, ":receipt": _receipt(receipt)},
        )

    def note(self, event_id: str, receipt: Receipt, *, window: str, now: float) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(event_id, 0),
                UpdateExpression="SET receipt = :receipt, #window = :window, expires_at = :expires",
                # What was claimed has a receipt of its own, or is getting one.
                ConditionExpression="attribute_not_exists(claimed_at)",
                ExpressionAttributeNames={"#window": "window"},
                ExpressionAttributeValues={
                    ":receipt": _receipt(receipt),
                    ":window": {"S": window},
                    ":expires": {"N": str(int(now) + EVENT_ROW_SECONDS)},
                },
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def receipt(self, event_id: str) -> Receipt:
        row = self.dynamodb.get_item(
            TableName=self.table,
            Key=_key(event_id, 0),
            ProjectionExpression="receipt",
            ConsistentRead=True,
        ).get("Item")
        return Receipt.of(_counts(row)) if row else Receipt()

    def _update(self, event_id: str, part: int, lease: Lease, update: str, values: dict[str, Any]) -> bool:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(event_id, part),
                UpdateExpression=update,
                # The owner stays in the row when the lease ends: a write carried out twice finds itself.
                ConditionExpression="lease_owner = :me",
                ExpressionAttributeValues={**values, ":me": {"S": lease.owner}},
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                return False
            raise
        return True

    def _forget(self, key: dict[str, Any]) -> None:
        self.dynamodb.update_item(
            TableName=self.table,
            Key=key,
            UpdateExpression="SET claims = :one REMOVE finished, receipt, progress",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )


_PLACE = len(Place._fields)
_SAVED = "receipt = :receipt, progress = :progress"


def _key(event_id: str, part: int) -> dict[str, Any]:
    return {"stream": {"S": f"event#{event_id}"}, "offset": {"N": str(part)}}


def _values(progress: Progress) -> dict[str, Any]:
    # One string: a list of thousands of attribute values is twice the bytes, and every kilobyte is a unit.
    waiting = [
        (one.connection_id, one.connected_at, one.runs, one.outcome is Outcome.THROTTLED)
        for one in progress.waiting
    ]
    saved = json.dumps(
        [progress.places, waiting, progress.divided, progress.receipt.epoch], separators=(",", ":")
    )
    return {":receipt": _receipt(progress.receipt), ":progress": {"S": saved}}


def _receipt(receipt: Receipt) -> dict[str, Any]:
    return {"M": {name: {"N": str(value)} for name, value in receipt.values().items()}}


def _progress(row: Item) -> Progress | None:
    if "progress" not in row:
        return None
    # A newer version may keep more, and more of each; the one before this kept no epoch.
    places, waiting, divided, *newer = json.loads(row["progress"]["S"])
    epoch = newer[0] if newer else ""
    return Progress(
        places=tuple(Place(*place[:_PLACE]) for place in places),
        waiting=[_waiting(*one) for one in waiting],
        divided=tuple(Place(*place[:_PLACE]) for place in divided),
        receipt=replace(Receipt.of(_counts(row)), epoch=epoch),
    )


def _counts(row: Item) -> dict[str, float]:
    return {name: float(value["N"]) for name, value in row["receipt"]["M"].items()}


def _waiting(connection_id: str, connected_at: float, runs: int, throttled: bool, *_newer: Any) -> Target:  # noqa: FBT001  as kept in the row
    outcome = Outcome.THROTTLED if throttled else Outcome.FAILED
    return Target(connection_id, connected_at, runs=runs, outcome=outcome)
