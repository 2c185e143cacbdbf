"""The one write that counts a message, changes the connection's channels and reads its row."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.admission import Admitted
from shared.aws.conditions import Item, new_writer, row_of_failure
from shared.aws.connection_rows import connection_of, is_greeted, key_of
from shared.aws.joining import is_same_identity, joins
from shared.domain.errors import ConnectionLost
from shared.domain.grants import may_join
from shared.domain.rate import INTERVAL_MS, WINDOW_MS, retry_after_seconds
from tidings.catalog import Catalog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A quiet connection costs one write, a busy one two (the first fails, and still costs), a refused one three.
# Joining a forbidden channel, or one too many, costs one or two more; a channel's rule costs a read.
# docs/security.md counts them in money.
_QUIET = "attribute_exists(connection_id) AND (attribute_not_exists(rate_full_at) OR rate_full_at <= :now)"
# A busy row may have room for the same message once more: what is sent again must find its mark.
_BUSY = (
    "rate_full_at > :now AND rate_full_at <= :latest"
    " AND (attribute_not_exists(admitted_by) OR admitted_by <> :me)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateWrites:
    dynamodb: "DynamoDBClient"
    table: str
    catalog: Catalog
    most_channels: int

    def admit(
        self,
        connection_id: str,
        *,
        now_ms: int,
        join: str | None = None,
        leave: str | None = None,
        asked: Item | None = None,
    ) -> Admitted:
        """`asked`: the row that a channel's rule shall decide on, when it is known. Raises ConnectionLost."""
        if join is not None and self._has_rule(join):
            asked = asked or self._read(connection_id)
            if not self._may_join(asked, join):
                return self.admit(connection_id, now_ms=now_ms)
        writer, known = new_writer(), None
        for counting, in_time, numbers in _counts(now_ms):
            condition, values = self._with_join(in_time, join, asked)
            values |= {name: {"N": str(number)} for name, number in numbers.items()}
            values[":me"] = {"S": writer}
            update = counting
            if join is not None or leave is not None:
                update += f" {'DELETE' if join is None else 'ADD'} channels :channels"
                values[":channels"] = {"SS": [join or leave]}
            item, known = self._write(connection_id, update, condition, values)
            if item is not None:
                return Admitted(
                    connection=connection_of(item), version=version_of(item), greeted=is_greeted(item)
                )
            if known is None:
                raise ConnectionLost(connection_id)
            if join is not None and not self._may_join(known, join):
                return self.admit(connection_id, now_ms=now_ms)
            if asked is not None and not is_same_identity(asked, known):
                return self.admit(connection_id, now_ms=now_ms, join=join, leave=leave, asked=known)
        return self._refuse(connection_id, known or {}, now_ms)

    def _has_rule(self, name: str) -> bool:
        channel = self.catalog.channel(name)
        return channel is not None and channel.may_join is not None

    def _may_join(self, row: Item, name: str) -> bool:
        return may_join(connection_of(row), name, self.catalog, most_channels=self.most_channels)

    def _with_join(self, condition: str, join: str | None, asked: Item | None) -> tuple[str, dict[str, Any]]:
        if join is None:
            return condition, {}
        channel = self.catalog.channel(join)
        joining, values = joins(join, channel, most_channels=self.most_channels, asked=asked)
        return f"({condition}) AND {joining}", values

    def _read(self, connection_id: str) -> Item:
        row = self.dynamodb.get_item(TableName=self.table, Key=key_of(connection_id), ConsistentRead=True)
        if "Item" not in row:
            raise ConnectionLost(connection_id)
        return row["Item"]

    def _write(
        self, connection_id: str, update: str, condition: str, values: dict[str, Any]
    ) -> tuple[Item | None, Item | None]:
        """(the new row, None) when written, (None, the row that failed the condition) when not."""
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(connection_id),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, key_of(connection_id), exc)
            is_mine = row is not None and row.get("admitted_by") == values[":me"]
            return (row, None) if is_mine else (None, row)
        return answer["Attributes"], None

    def _refuse(self, connection_id: str, known: Item, now_ms: int) -> Admitted:
        writer = {"S": new_writer()}
        try:
            row: Item | None = self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(connection_id),
                UpdateExpression="SET refused_by = :me ADD rate_strikes :one",
                ConditionExpression=(
                    "attribute_exists(connection_id)"
                    " AND (attribute_not_exists(refused_by) OR refused_by <> :me)"
                ),
                ExpressionAttributeValues={":one": {"N": "1"}, ":me": writer},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )["Attributes"]
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.table, key_of(connection_id), exc)
        if row is None:
            raise ConnectionLost(connection_id)
        full_at_ms = version_of(known)
        return Admitted(
            connection=connection_of(known),
            version=full_at_ms,
            greeted=is_greeted(row),
            retry_after_seconds=retry_after_seconds(full_at_ms=full_at_ms, now_ms=now_ms),
            strikes=int(row["rate_strikes"]["N"]),
        )


def _counts(now_ms: int) -> tuple[tuple[str, str, dict[str, int]], ...]:
    """How to count a message of a quiet connection, and of a busy one: update, condition, numbers."""
    return (
        (
            "SET rate_full_at = :full, admitted_by = :me REMOVE rate_strikes",
            _QUIET,
            {":now": now_ms, ":full": now_ms + INTERVAL_MS},
        ),
        (
            "SET rate_full_at = rate_full_at + :cost, admitted_by = :me",
            _BUSY,
            {":now": now_ms, ":cost": INTERVAL_MS, ":latest": now_ms + WINDOW_MS - INTERVAL_MS},
        ),
    )


def version_of(item: Item) -> int:
    """Of the message that a connection's row admitted last."""
    return int(item["rate_full_at"]["N"]) if "rate_full_at" in item else 0
