"""Streams in the events table: the head row at offset 0 counts, a log row keeps what was sent."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.aws.batches import Batches
from shared.aws.conditions import Item, is_failed_condition, row_of_failure
from shared.aws.stream_rows import (
    LAST,
    MOMENTS,
    head_of,
    is_barred,
    is_same,
    item_of,
    key_of,
    log_row_of,
)
from shared.domain.limits import EVENT_ROW_SECONDS
from shared.domain.streams import HEAD_SECONDS, Head, LogRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# What there is of every head. The words that DynamoDB reserves are among them, so all have placeholders.
_MADE = (
    "#epoch = if_not_exists(#epoch, :fresh)",
    "#made_at = if_not_exists(#made_at, :now)",
    "#least_keep = if_not_exists(#least_keep, :keep)",
    "#expires_at = :expires",
)
_TAKEN = (
    "#head = if_not_exists(#head, :zero) + :one",
    "#taker = :taker",
    *(f"#{one} = if_not_exists(#{newer}, :zero)" for newer, one in pairwise(MOMENTS)),
    "#at = :now",
)
_TAKEN_FOR_USER = ("#previous = if_not_exists(#last, :zero)", "#last = if_not_exists(#head, :zero) + :one")
# The taker that this head has served already is recognised, unless it is another event of the same id.
_NOT_TAKEN = "(attribute_not_exists(#taker) OR #taker <> :taker OR #at <= :forgotten)"
_KEPT_LONG_ENOUGH = "(attribute_not_exists(#least_keep) OR #least_keep <= :keep)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoStreams:
    dynamodb: "DynamoDBClient"
    batches: Batches
    table: str

    def take(
        self, stream: str, taker: str, *, channel: str, now: float, keep_seconds: int, to_inbox: bool = False
    ) -> Head:
        sets = [*_MADE, *_TAKEN]
        if stream.startswith("user#"):
            sets += _TAKEN_FOR_USER
        if to_inbox:
            sets.append("#inbox = if_not_exists(#inbox, :zero) + :one")
        values = {
            **_made_values(now, keep_seconds),
            ":zero": {"N": "0"},
            ":one": {"N": "1"},
            ":taker": {"S": taker},
            ":forgotten": {"N": str(now - EVENT_ROW_SECONDS)},
        }
        row, is_written = self._update(
            stream, sets, values, channel=channel, condition=f"{_NOT_TAKEN} AND {_KEPT_LONG_ENOUGH}"
        )
        if not is_written and int(row.get("least_keep", {"N": "0"})["N"]) > keep_seconds:
            # Rows were kept for longer until now: the shorter time is noted, once.
            sets[2] = "#least_keep = :keep"
            row, _ = self._update(stream, sets, values, channel=channel, condition=_NOT_TAKEN)
        head = head_of(row)
        if head.surplus:
            self._drop_surplus(stream, head)
        return head

    def _drop_surplus(self, stream: str, head: Head) -> None:
        """Unless an offset was taken since: then the one who took it does this."""
        names = {f"#n{number}": f"{LAST}{channel}" for number, channel in enumerate(head.surplus)}
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(stream, 0),
                UpdateExpression=f"SET last_of_others = :others REMOVE {', '.join(names)}",
                ConditionExpression="#head = :head",
                ExpressionAttributeNames={**names, "#head": "head"},
                ExpressionAttributeValues={
                    ":others": {"N": str(max(head.surplus.values()))},
                    ":head": {"N": str(head.offset)},
                },
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def write(self, stream: str, row: LogRow) -> bool:
        try:
            self.dynamodb.put_item(
                TableName=self.table,
                Item=item_of(stream, row),
                # What is left of an older epoch is nobody's.
                ConditionExpression="attribute_not_exists(#stream) OR #epoch < :epoch",
                ExpressionAttributeNames={"#stream": "stream", "#epoch": "epoch"},
                ExpressionAttributeValues={":epoch": {"S": row.epoch}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            there = row_of_failure(self.dynamodb, self.table, key_of(stream, row.offset), exc)
            return there is not None and (is_same(there, row) or is_barred(there, row))
        return True

    def heads(self, streams: Sequence[str], *, latest: bool = True) -> Mapping[str, Head]:
        if not streams:
            return {}
        keys = [key_of(stream, 0) for stream in streams]
        found = self.batches.read(self.table, keys, ConsistentRead=latest)
        return {row["stream"]["S"]: head_of(row) for row in found.items if "epoch" in row}

    def use(self, stream: str, *, now: float, keep_seconds: int) -> Head:
        values = {**_made_values(now, keep_seconds), ":zero": {"N": "0"}}
        row, _ = self._update(stream, [*_MADE, "#head = if_not_exists(#head, :zero)"], values)
        return head_of(row)

    def not_kept(self, stream: str, channel: str) -> None:
        head = self.heads([stream]).get(stream)
        if head is None or channel in head.not_kept:
            return
        try:
            self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(stream, 0),
                UpdateExpression="ADD not_kept :channel",
                ConditionExpression="attribute_exists(#epoch)",
                ExpressionAttributeNames={"#epoch": "epoch"},
                ExpressionAttributeValues={":channel": {"SS": [channel]}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def make_anew(self, stream: str, epoch: str, *, now: float, keep_seconds: int) -> Head:
        row, _ = self._update(
            stream,
            ["#epoch = :fresh", "#made_at = :now", "#least_keep = :keep", "#expires_at = :expires"],
            {**_made_values(now, keep_seconds), ":ended": {"S": epoch}},
            condition="#epoch = :ended",
            removed=("#taker", "#not_kept"),
        )
        return head_of(row)

    def read(self, stream: str, *, after: int, until: int, limit: int) -> Sequence[LogRow]:
        rows = list(self._rows(stream, max(after, 1), until, limit, oldest_first=True))
        if after > 1 and not (rows and rows[0].offset == after):
            rows = [*self._rows(stream, 1, after - 1, 1, oldest_first=False), *rows]
        return rows

    def read_back(self, stream: str, *, before: int, limit: int) -> Sequence[LogRow]:
        return list(self._rows(stream, 1, before - 1, limit, oldest_first=False))

    def _rows(
        self, stream: str, first: int, last: int, limit: int, *, oldest_first: bool
    ) -> Iterator[LogRow]:
        if first > last:
            return
        # One answer of at most a megabyte: whoever reads asks again where it ended.
        answer = self.dynamodb.query(
            TableName=self.table,
            KeyConditionExpression="#stream = :stream AND #offset BETWEEN :first AND :last",
            ExpressionAttributeNames={"#stream": "stream", "#offset": "offset"},
            ExpressionAttributeValues={
                ":stream": {"S": stream},
                ":first": {"N": str(first)},
                ":last": {"N": str(last)},
            },
            Limit=limit,
            ScanIndexForward=oldest_first,
            ConsistentRead=True,
        )
        for row in answer["Items"]:
            yield log_row_of(row)

    def _update(
        self,
        stream: str,
        sets: Sequence[str],
        values: Mapping[str, Any],
        *,
        channel: str = "",
        condition: str = "",
        removed: Sequence[str] = (),
    ) -> tuple[Item, bool]:
        """The head after the update; or as it is, and False, when the condition does not hold."""
        update = f"SET {', '.join(sets)}{' REMOVE ' if removed else ''}{', '.join(removed)}"
        names = {
            name: f"{LAST}{channel}" if name == "#last" else name[1:]
            for name in re.findall(r"#\w+", update + condition)
        }
        conditional: Any = {
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        try:
            answer = self.dynamodb.update_item(
                TableName=self.table,
                Key=key_of(stream, 0),
                UpdateExpression=update,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=dict(values),
                ReturnValues="ALL_NEW",
                **(conditional if condition else {}),
            )
        except ClientError as exc:
            return row_of_failure(self.dynamodb, self.table, key_of(stream, 0), exc) or {}, False
        return answer["Attributes"], True


def _made_values(now: float, keep_seconds: int) -> dict[str, Any]:
    return {
        ":fresh": {"S": new_epoch(now)},
        ":now": {"N": str(round(now, 3))},
        ":keep": {"N": str(keep_seconds)},
        ":expires": {"N": str(int(now) + keep_seconds + HEAD_SECONDS)},
    }


def new_epoch(now: float) -> str:
    """Of two epochs of one stream the younger one is larger, however close they are."""
    return f"{int(now * 1000):011x}{os.urandom(2).hex()}"
