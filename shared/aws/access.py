"""The access table: one-time tickets, and since when a user's tokens are refused.

Reading it lets nobody in: of tickets it holds hashes.
"""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.aws.conditions import is_failed_condition, new_writer
from shared.domain.identity import Identity, grants_of
from shared.domain.limits import REVOCATION_SECONDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoAccess:
    """`tidings.tickets` issues tickets, for producers: both are held to one contract test."""

    dynamodb: "DynamoDBClient"
    table: str

    def redeem(self, ticket: str, *, now: float) -> Identity | None:
        digest = sha256(ticket.encode("utf-8", "surrogatepass")).hexdigest()
        try:
            # Marked, not deleted: a request that was carried out and sent again finds its own mark.
            item = self.dynamodb.update_item(
                TableName=self.table,
                Key={"access_key": {"S": f"ticket#{digest}"}},
                UpdateExpression="SET redeemed_by = :me",
                ConditionExpression=(
                    "expires_at > :now AND (attribute_not_exists(redeemed_by) OR redeemed_by = :me)"
                ),
                ExpressionAttributeValues={":now": {"N": str(now)}, ":me": {"S": new_writer()}},
                ReturnValues="ALL_NEW",
            )["Attributes"]
        except ClientError as exc:
            if is_failed_condition(exc):
                return None
            raise
        return Identity(
            user_id=item["user_id"]["S"],
            verified=True,
            origin=item["origin"]["S"] if "origin" in item else None,
            grants=grants_of([name["S"] for name in item["channels"]["L"]]) if "channels" in item else None,
            issued_at=float(item["issued_at"]["N"]),
            claims=json.loads(item["claims"]["S"]) if "claims" in item else {},
            valid_until=float(item["valid_until"]["N"]) if "valid_until" in item else None,
        )

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
