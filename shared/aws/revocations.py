"""When a user's tokens were revoked, in the access table. Tokens issued before that are refused."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.aws.conditions import is_failed_condition
from shared.domain.limits import REVOCATION_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoRevocations:
    dynamodb: "DynamoDBClient"
    table: str

    def revoke(self, user_id: str, *, at: float) -> None:
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item={
                    **_key(user_id),
                    "revoked_at": {"N": str(at)},
                    "expires_at": {"N": str(int(at) + REVOCATION_SECONDS)},
                },
                # An event that comes late, or is replayed, does not take back a later one.
                ConditionExpression="attribute_not_exists(revoked_at) OR revoked_at < :at",
                ExpressionAttributeValues={":at": {"N": str(at)}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def revoked_at(self, user_id: str) -> float | None:
        item = self.dynamodb.get_item(TableName=self.table, Key=_key(user_id), ConsistentRead=True).get(
            "Item"
        )
        return None if item is None else float(item["revoked_at"]["N"])


def _key(user_id: str) -> dict[str, Any]:
    return {"access_key": {"S": f"revoked#{user_id}"}}
