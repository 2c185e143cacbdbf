"""This run's own rows in the stage's tables: read, put back, and removed at the end."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ops.stage import Stage

Row = dict[str, Any]
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_WRITES = 25
EVERYBODY = "*"
AGED_SECONDS = 60


def connection_row(stage: Stage, connection_id: str) -> Row | None:
    key = {"connection_id": {"S": connection_id}}
    table = stage.tables["Connections"]
    row: Row | None = stage.dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return row


def topic_rows(stage: Stage, connection: Row, user_id: str) -> list[Row]:
    """The connection's rows in its topics: its channels, its user's, everybody's."""
    shard = connection["shard"]["N"]
    channels = connection.get("channels", {}).get("SS", [])
    shards = [f"{topic}#{shard}" for topic in (*channels, EVERYBODY)] + [f"@user:{user_id}#0"]
    table = stage.tables["Subscriptions"]
    found = (
        stage.dynamodb.get_item(
            TableName=table,
            Key={"topic_shard": {"S": one}, "connection_id": connection["connection_id"]},
            ConsistentRead=True,
        ).get("Item")
        for one in shards
    )
    return [row for row in found if row is not None]


def aged(row: Row) -> Row:
    """As of a connection that began a minute earlier: one that is just beginning is not taken for dead."""
    return {**row, "connected_at": {"N": f"{float(row['connected_at']['N']) - AGED_SECONDS:.3f}"}}


def put_back(stage: Stage, connection: Row, topics: Sequence[Row]) -> None:
    """The rows that a lost `$disconnect` would have left."""
    stage.dynamodb.put_item(TableName=stage.tables["Connections"], Item=aged(connection))
    for row in topics:
        stage.dynamodb.put_item(TableName=stage.tables["Subscriptions"], Item=aged(row))


def remove_connection(stage: Stage, connection: Row, topics: Sequence[Row]) -> None:
    delete(stage, "Connections", [{"connection_id": connection["connection_id"]}])
    delete(
        stage,
        "Subscriptions",
        [{name: row[name] for name in ("topic_shard", "connection_id")} for row in topics],
    )


def rows_of_user(stage: Stage, user_id: str) -> list[Row]:
    answer = stage.dynamodb.query(
        TableName=stage.tables["Subscriptions"],
        KeyConditionExpression="topic_shard = :user",
        ExpressionAttributeValues={":user": {"S": f"@user:{user_id}#0"}},
        ConsistentRead=True,
    )
    return list(answer["Items"])


def remove_traces(
    stage: Stage, *, users: Iterable[str], tickets: Iterable[str], events: Iterable[str]
) -> None:
    """Tickets, revocations, receipts and memories, which would else expire by themselves."""
    users = list(users)
    keys = [f"revoked#{user}" for user in users]
    keys += [f"ticket#{hashlib.sha256(ticket.encode()).hexdigest()}" for ticket in tickets]
    delete(stage, "Access", [{"access_key": {"S": key}} for key in keys])
    receipts = [{"stream": {"S": f"event#{one}"}, "offset": {"N": "0"}} for one in dict.fromkeys(events)]
    delete(stage, "Events", receipts)
    for user in users:
        for stream in (f"user#{user}", f"inbox#{user}"):
            delete(stage, "Events", keys_of_stream(stage, stream))


def keys_of_stream(stage: Stage, stream: str) -> list[Row]:
    pages = stage.dynamodb.get_paginator("query").paginate(
        TableName=stage.tables["Events"],
        KeyConditionExpression="#stream = :stream",
        ProjectionExpression="#stream, #offset",
        ExpressionAttributeNames={"#stream": "stream", "#offset": "offset"},
        ExpressionAttributeValues={":stream": {"S": stream}},
    )
    return [row for page in pages for row in page["Items"]]


def delete(stage: Stage, table: str, keys: Sequence[Mapping[str, Any]]) -> None:
    for batch in _batches(keys):
        asked = {stage.tables[table]: [{"DeleteRequest": {"Key": key}} for key in batch]}
        while asked:
            asked = stage.dynamodb.batch_write_item(RequestItems=asked).get("UnprocessedItems", {})


def _batches(keys: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for start in range(0, len(keys), BATCH_WRITES):
        yield keys[start : start + BATCH_WRITES]
