"""Who greets a connection: a lease in the connection's row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.history import Claim, Claimed
from shared.aws.batches import Batches
from shared.aws.conditions import is_failed_condition, row_of_failure
from shared.aws.connection_rows import connection_of, is_greeted, key_of
from shared.domain.errors import ConnectionLost
from shared.domain.lease import Lease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoGreetings:
    dynamodb: "DynamoDBClient"
    batches: Batches
    table: str

    def claim(self, connection_id: str, *, now: float, lease: Lease) -> Claimed:
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(connection_id),
                UpdateExpression="SET welcome_lease = :until, welcome_owner = :me",
                ConditionExpression=(
                    "attribute_exists(connection_id) AND attribute_not_exists(welcomed) AND"
                    " (attribute_not_exists(welcome_lease) OR welcome_lease < :now OR welcome_owner = :me)"
                ),
                ExpressionAttributeValues={
                    ":until": {"N": str(lease.until)},
                    ":now": {"N": str(now)},
                    ":me": {"S": lease.owner},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, key_of(connection_id), exc)
            if row is None:
                raise ConnectionLost(connection_id) from exc
            if "welcome_lease" not in row:
                return Claimed(Claim.DONE)
            return Claimed(Claim.RUNNING, lease_until=float(row["welcome_lease"]["N"]))
        return Claimed(Claim.NEW, connection=connection_of(answer["Attributes"]))

    def release(self, connection_id: str, *, lease: Lease) -> None:
        self._update(
            connection_id, "REMOVE welcome_lease", "welcome_owner = :me", {":me": {"S": lease.owner}}
        )

    def done(self, connection_id: str) -> None:
        # A connection that went meanwhile must not come back as a row with nothing but this flag.
        exists, values = "attribute_exists(connection_id)", {":yes": {"BOOL": True}}
        self._update(connection_id, "SET welcomed = :yes REMOVE welcome_lease", exists, values)

    def greeted(self, connection_ids: Sequence[str]) -> set[str]:
        rows = self.batches.read(
            self.table,
            [key_of(one) for one in connection_ids],
            ConsistentRead=True,
            ProjectionExpression="connection_id, welcomed",
        )
        return {row["connection_id"]["S"] for row in rows.items if is_greeted(row)}

    def _update(self, connection_id: str, update: str, condition: str, values: Any) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(connection_id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise
