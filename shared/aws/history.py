"""Which events went out, in the events table: one row per event id."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports import Claim, Receipt
from shared.aws.conditions import row_of_failure
from shared.domain.limits import EVENT_ROW_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoHistory:
    dynamodb: "DynamoDBClient"
    table: str

    def claim(self, event_id: str, *, now: float, lease_until: float) -> Claim:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=_key(event_id),
                UpdateExpression="SET lease_until = :until, claimed_at = :now, expires_at = :expires",
                ConditionExpression=(
                    "attribute_not_exists(#stream)"
                    " OR expires_at <= :now"
                    " OR (attribute_not_exists(finished) AND lease_until < :now)"
                ),
                ExpressionAttributeNames={"#stream": "stream"},
                ExpressionAttributeValues={
                    ":until": {"N": str(lease_until)},
                    ":now": {"N": str(now)},
                    ":expires": {"N": str(int(now) + EVENT_ROW_SECONDS)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, _key(event_id), exc)
            return Claim.DONE if row and "finished" in row else Claim.RUNNING
        return Claim.NEW

    def finish(self, event_id: str, receipt: Receipt) -> None:
        counts: dict[str, Any] = {name: {"N": str(count)} for name, count in receipt.as_dict().items()}
        self.dynamodb.update_item(
            TableName=self.table,
            Key=_key(event_id),
            UpdateExpression="SET finished = :yes, receipt = :receipt REMOVE lease_until",
            ExpressionAttributeValues={":yes": {"BOOL": True}, ":receipt": {"M": counts}},
        )


def _key(event_id: str) -> dict[str, Any]:
    return {"stream": {"S": f"event#{event_id}"}, "offset": {"N": "0"}}
