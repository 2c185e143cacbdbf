"""Connections and their topic rows in DynamoDB.

Single conditional writes in a safe order; transactions would cost twice as much. API Gateway never gives an
id twice, so the rows of an id are of one connection. A connection is registered topics first and removed own
row first: what a crash leaves behind are topic rows, which the first 410 or the sweep finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports import Membership, Subscriber
from shared.aws.admission import Admissions, connection_of, grants_attribute
from shared.aws.batches import Batches
from shared.aws.conditions import Item, is_failed_condition
from shared.aws.reaping import Reaper
from shared.aws.topics import row_key, topic_row
from shared.domain.audience import topics_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost
from shared.domain.identity import Identity
from shared.domain.lease import Lease

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from shared.app.ports import Admission
    from shared.domain.rate import RateLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoConnections:
    dynamodb: "DynamoDBClient"
    batches: Batches
    connections_table: str
    subscriptions_table: str

    def add(self, connection: Connection) -> None:
        item: dict[str, Any] = {
            "connection_id": {"S": connection.connection_id},
            "connected_at": {"N": f"{connection.connected_at:.3f}"},
            "expires_at": {"N": str(int(connection.row_expires_at))},
            "shard": {"N": str(connection.shard)},
        }
        if connection.user_id is not None:
            item["user_id"] = {"S": connection.user_id}
        if connection.channels:
            item["channels"] = {"SS": sorted(connection.channels)}
        if connection.grants is not None:
            item["grants"] = grants_attribute(connection.grants)
        if connection.valid_until is not None:
            item["valid_until"] = {"N": str(connection.valid_until)}
        rows = [topic_row(connection, topic) for topic in topics_of(connection)]
        self.batches.put(self.subscriptions_table, rows)
        self.dynamodb.put_item(TableName=self.connections_table, Item=item)

    def admit(
        self, connection_id: str, *, now: float, limit: "RateLimit", change: Membership | None = None
    ) -> "Admission":
        admissions = Admissions(self.dynamodb, self.connections_table, limit)
        return admissions.admit(connection_id, now_ms=int(now * 1000), change=change or Membership())

    def enter(self, connection: Connection, channel: str, *, version: int) -> bool:
        row = topic_row(connection, channel)
        row["version"] = {"N": str(version)}
        try:
            self.dynamodb.put_item(
                TableName=self.subscriptions_table,
                Item=row,
                ConditionExpression="attribute_not_exists(version) OR version <= :version",
                ExpressionAttributeValues={":version": row["version"]},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise
        # Written first, then looked: what came in between, a disconnect, an unsubscribe or a new token that
        # allows less or lasts longer, is seen here.
        current = self.find(connection.connection_id)
        if current is not None and channel in current.channels:
            if current.heard_until != connection.heard_until:
                self._extend(current, [channel])
            return True
        self.leave(connection, channel, version=version)
        return False

    def leave(self, connection: Connection, channel: str, *, version: int) -> None:
        try:
            self.dynamodb.delete_item(
                TableName=self.subscriptions_table,
                Key=row_key(connection, channel),
                # A subscription acknowledged after this one stays.
                ConditionExpression="attribute_not_exists(version) OR version <= :version",
                ExpressionAttributeValues={":version": {"N": str(version)}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def remove(self, connection_id: str) -> bool:
        known = self._row(connection_id)
        if known is None:
            return False
        # The own row first: a subscription under way looks at it last, and takes itself back. What it names
        # now counts; nothing, when a deletion that was carried out is asked for again.
        answer = self.dynamodb.delete_item(
            TableName=self.connections_table, Key=_key(connection_id), ReturnValues="ALL_OLD"
        )
        connection = connection_of(answer.get("Attributes") or known)
        keys = [row_key(connection, topic) for topic in topics_of(connection)]
        self.batches.delete([(self.subscriptions_table, key) for key in keys])
        return True

    def seen(self, connection_id: str, *, now: float) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.connections_table,
                Key={"connection_id": {"S": connection_id}},
                UpdateExpression="SET last_seen = :now",
                ConditionExpression="attribute_exists(connection_id)",
                ExpressionAttributeValues={":now": {"N": str(int(now))}},
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                raise ConnectionLost(connection_id) from exc
            raise

    def remove_all(self, dead: Sequence[Subscriber]) -> None:
        reap = Reaper(
            batches=self.batches,
            connections_table=self.connections_table,
            subscriptions_table=self.subscriptions_table,
        )
        reap(dead)

    def claim_welcome(self, connection_id: str, *, now: float, lease: Lease) -> Connection | None:
        try:
            answer = self.dynamodb.update_item(
                TableName=self.connections_table,
                Key=_key(connection_id),
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
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                return None
            raise
        return connection_of(answer["Attributes"])

    def welcomed(self, connection_id: str) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.connections_table,
                Key=_key(connection_id),
                UpdateExpression="SET welcomed = :yes REMOVE welcome_lease",
                # A connection that went meanwhile must not come back as a row with nothing but this flag.
                ConditionExpression="attribute_exists(connection_id)",
                ExpressionAttributeValues={":yes": {"BOOL": True}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def renew(self, connection_id: str, identity: Identity, *, version: int) -> Connection:
        values: dict[str, Any] = {}
        sets, removes = [], []
        for name, value in (
            ("grants", None if identity.grants is None else grants_attribute(identity.grants)),
            ("valid_until", None if identity.valid_until is None else {"N": str(identity.valid_until)}),
        ):
            if value is None:
                removes.append(name)
            else:
                sets.append(f"{name} = :{name}")
                values[f":{name}"] = value
        connection = self._update(
            connection_id,
            " ".join(
                f"{verb} {', '.join(names)}" for verb, names in (("SET", sets), ("REMOVE", removes)) if names
            ),
            values,
        )
        # After the new grants are written, and not before: a subscription under way is then in the row.
        lost = [channel for channel in sorted(connection.channels) if not connection.may_hear(channel)]
        if lost:
            connection = self._update(connection_id, "DELETE channels :lost", {":lost": {"SS": lost}})
            for channel in lost:
                self.leave(connection, channel, version=version)
        self._extend(connection, topics_of(connection))
        return connection

    def find(self, connection_id: str) -> Connection | None:
        item = self._row(connection_id)
        return None if item is None else connection_of(item)

    def _row(self, connection_id: str) -> Item | None:
        return self.dynamodb.get_item(
            TableName=self.connections_table, Key=_key(connection_id), ConsistentRead=True
        ).get("Item")

    def _update(self, connection_id: str, expression: str, values: dict[str, Any]) -> Connection:
        given: dict[str, Any] = {"ExpressionAttributeValues": values} if values else {}
        try:
            answer = self.dynamodb.update_item(
                TableName=self.connections_table,
                Key=_key(connection_id),
                UpdateExpression=expression,
                ConditionExpression="attribute_exists(connection_id)",
                ReturnValues="ALL_NEW",
                **given,
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                raise ConnectionLost(connection_id) from exc
            raise
        return connection_of(answer["Attributes"])

    def _extend(self, connection: Connection, topics: Sequence[str]) -> None:
        """Let the topic rows that are there end when the connection's token does."""
        for topic in topics:
            try:
                self.dynamodb.update_item(
                    TableName=self.subscriptions_table,
                    Key=row_key(connection, topic),
                    UpdateExpression="SET expires_at = :until",
                    ConditionExpression="attribute_exists(connection_id)",
                    ExpressionAttributeValues={":until": {"N": str(int(connection.heard_until))}},
                )
            except ClientError as exc:
                if not is_failed_condition(exc):
                    raise


def _key(connection_id: str) -> dict[str, Any]:
    return {"connection_id": {"S": connection_id}}
