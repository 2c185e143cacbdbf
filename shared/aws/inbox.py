"""Inboxes in the events table: a row per item. The head of the user's stream counts, and has the cursor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.inbox import Item, Standing
from shared.aws.conditions import Item as Row
from shared.aws.conditions import row_of_failure
from shared.domain.limits import UNSEEN_COUNTED_MAX
from shared.domain.streams import user_stream

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoInbox:
    dynamodb: "DynamoDBClient"
    table: str

    def write(self, user_id: str, item: Item, *, expires_at: float) -> None:
        self.dynamodb.put_item(
            TableName=self.table,
            Item={
                "stream": {"S": _partition(user_id)},
                "offset": {"N": str(item.number)},
                "channel": {"S": item.channel},
                "envelope": {"S": item.envelope},
                "expires_at": {"N": str(math.ceil(expires_at))},
            },
        )

    def standing(self, user_id: str) -> Standing:
        answer = self.dynamodb.get_item(
            TableName=self.table,
            Key=_head(user_id),
            ProjectionExpression="#inbox, #seen",
            ExpressionAttributeNames=_NAMES,
            ConsistentRead=True,
        )
        return _standing(answer.get("Item", {}))

    def see(self, user_id: str, number: int) -> Standing:
        while True:
            key = _head(user_id)
            try:
                answer = self.dynamodb.update_item(
                    TableName=self.table,
                    Key=key,
                    UpdateExpression="SET #seen = :number",
                    # Carried out twice, it finds what it has written, and changes nothing.
                    ConditionExpression=(
                        "#inbox >= :number AND (attribute_not_exists(#seen) OR #seen < :number)"
                    ),
                    ExpressionAttributeNames=_NAMES,
                    ExpressionAttributeValues={":number": {"N": str(number)}},
                    ReturnValues="ALL_NEW",
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except ClientError as exc:
                standing = _standing(row_of_failure(self.dynamodb, self.table, key, exc) or {})
                if min(number, standing.last) <= standing.seen:
                    return standing
                # The newest item counts, which can only grow.
                number = min(number, standing.last)
            else:
                return _standing(answer["Attributes"])

    def count(self, user_id: str, *, above: int, now: float) -> int:
        # One page of at most a megabyte: what it costs to be told is bounded.
        answer = self._query(
            user_id, "#offset > :above", {":above": above}, now, Select="COUNT", Limit=UNSEEN_COUNTED_MAX
        )
        return int(answer["Count"])

    def page(self, user_id: str, *, before: int, limit: int, now: float) -> tuple[Sequence[Item], int | None]:
        answer = self._query(user_id, "#offset < :before", {":before": before}, now, Limit=limit)
        items = [
            Item(int(row["offset"]["N"]), row["channel"]["S"], row["envelope"]["S"])
            for row in answer["Items"]
        ]
        last = answer.get("LastEvaluatedKey")
        return items, None if last is None else int(last["offset"]["N"])

    def _query(self, user_id: str, numbers: str, values: dict[str, int], now: float, **how: Any) -> Any:
        given = {name: {"N": str(value)} for name, value in values.items()}
        return self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression=f"#stream = :inbox AND {numbers}",
            FilterExpression="expires_at > :now",
            ExpressionAttributeNames={"#stream": "stream", "#offset": "offset"},
            ExpressionAttributeValues={
                ":inbox": {"S": _partition(user_id)},
                ":now": {"N": str(now)},
                **given,
            },
            ScanIndexForward=False,
            ConsistentRead=True,
            **how,
        )


_NAMES = {"#inbox": "inbox", "#seen": "seen"}


def _partition(user_id: str) -> str:
    return f"inbox#{user_id}"


def _head(user_id: str) -> dict[str, Any]:
    return {"stream": {"S": user_stream(user_id)}, "offset": {"N": "0"}}


def _standing(head: Row) -> Standing:
    return Standing(*(int(head[name]["N"]) if name in head else 0 for name in ("inbox", "seen")))
