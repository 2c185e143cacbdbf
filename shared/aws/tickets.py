"""One-time tickets in the access table. Reading it lets nobody in: it holds hashes."""

import json
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from shared.app.ports.tickets import TicketHolder
from shared.aws.conditions import is_failed_condition, new_writer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoTickets:
    """`tidings.tickets` issues them, for producers: both are held to one contract test."""

    dynamodb: "DynamoDBClient"
    table: str

    def redeem(self, ticket: str, *, now: float) -> TicketHolder | None:
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
        return TicketHolder(
            user_id=item["user_id"]["S"],
            origin=item["origin"]["S"] if "origin" in item else None,
            channels=tuple(name["S"] for name in item["channels"]["L"]) if "channels" in item else None,
            issued_at=float(item["issued_at"]["N"]),
            claims=json.loads(item["claims"]["S"]) if "claims" in item else {},
            valid_until=float(item["valid_until"]["N"]) if "valid_until" in item else None,
        )
