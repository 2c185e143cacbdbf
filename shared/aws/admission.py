"""What the messages of a connection change in DynamoDB: its message rate, its topics, its token."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from shared.app.ports.admission import Admitted
from shared.aws.conditions import Item, is_failed_condition, row_of_failure
from shared.aws.connection_rows import claims_attribute, connection_of, grants_attribute, key_of
from shared.aws.rate_writes import RateWrites, version_of
from shared.aws.topics import NO_NEWER_END, end_rows, row_key, topic_row
from shared.domain.audience import topics_of
from shared.domain.connection import Connection
from shared.domain.errors import ConnectionLost
from shared.domain.grants import why_not
from shared.domain.identity import Identity
from tidings.catalog import Catalog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NO_LATER_MESSAGE = "(attribute_not_exists(version) OR version <= :version)"

_END = ("expires_at", "renewal")


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoAdmission:
    dynamodb: "DynamoDBClient"
    connections_table: str
    subscriptions_table: str
    catalog: Catalog
    channels_per_connection: int

    def admit(
        self,
        connection_id: str,
        *,
        now: float,
        join: str | None = None,
        leave: str | None = None,
    ) -> Admitted:
        writes = RateWrites(
            dynamodb=self.dynamodb,
            table=self.connections_table,
            catalog=self.catalog,
            most_channels=self.channels_per_connection,
        )
        return writes.admit(connection_id, now_ms=int(now * 1000), join=join, leave=leave)

    def add_to_topic(self, connection: Connection, channel: str, *, version: int) -> bool:
        self._put(topic_row(connection, channel), version)
        # Written first, then looked: what came in between, a disconnect, an unsubscribe or a new token that
        # allows less or lasts longer, is seen here.
        current = self._current(connection.connection_id)
        if current is not None and channel in current.channels and self._hears(current, channel):
            if current.heard_until != connection.heard_until:
                end_rows(self.dynamodb, self.subscriptions_table, current, [channel])
            return True
        self.remove_from_topic(connection, channel, version=version)
        return False

    def _put(self, row: Item, version: int) -> None:
        """Unless a later message has put it. An end that a newer token gave it stays."""
        row = {**row, "version": {"N": str(version)}}
        key = {name: row[name] for name in ("topic_shard", "connection_id")}
        try:
            self.dynamodb.put_item(
                TableName=self.subscriptions_table,
                Item=row,
                ConditionExpression=f"{_NO_LATER_MESSAGE} AND {NO_NEWER_END}",
                ExpressionAttributeValues={
                    ":version": row["version"],
                    ":renewal": row.get("renewal", {"N": "0"}),
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            there = row_of_failure(self.dynamodb, self.subscriptions_table, key, exc)
            if there is None or int(there.get("version", {"N": "0"})["N"]) <= version:
                newer = {} if there is None else {one: there[one] for one in _END}
                self._put({**row, **newer}, version)

    def remove_from_topic(self, connection: Connection, channel: str, *, version: int) -> None:
        try:
            self.dynamodb.delete_item(
                TableName=self.subscriptions_table,
                Key=row_key(connection, channel),
                # A subscription acknowledged after this one stays.
                ConditionExpression=_NO_LATER_MESSAGE,
                ExpressionAttributeValues={":version": {"N": str(version)}},
            )
        except ClientError as exc:
            if not is_failed_condition(exc):
                raise

    def renew(self, connection: Connection, identity: Identity, *, version: int) -> Connection:
        renewed = replace(
            connection,
            grants=identity.grants,
            claims=identity.claims,
            valid_until=identity.valid_until,
            renewal=version,
        )
        # A later end is written to the topic rows first, an earlier one last: after a crash in between they
        # are there as long as the connection may last.
        extended: list[str] = []
        if renewed.heard_until > connection.heard_until:
            extended = [one for one in topics_of(connection) if one[0] in "*@" or self._hears(renewed, one)]
            extended = end_rows(self.dynamodb, self.subscriptions_table, renewed, extended)
        row = self._write_identity(connection.connection_id, identity, version)
        connection = connection_of(row)
        if connection.renewal != version:  # a later message has brought a newer token
            return connection
        # After the new grants are written: a subscription under way sees them, or its row is removed here.
        lost = [channel for channel in sorted(connection.channels) if not self._hears(connection, channel)]
        if lost:
            for channel in lost:
                # Also what a later message joined while the older grants were there.
                self.remove_from_topic(connection, channel, version=version_of(row))
            # Last: what the connection's row names is what a renewal after a crash has yet to leave.
            values = {":lost": {"SS": lost}}
            connection = connection_of(
                self._update(connection.connection_id, "DELETE channels :lost", values)
            )
        rest = [one for one in topics_of(connection) if one not in extended]
        end_rows(self.dynamodb, self.subscriptions_table, connection, rest)
        return connection

    def _hears(self, connection: Connection, channel: str) -> bool:
        return why_not(connection, channel, self.catalog) is None

    def _write_identity(self, connection_id: str, identity: Identity, version: int) -> Item:
        """The connection's row after it; unchanged when it has a newer token. Raises ConnectionLost."""
        values: dict[str, Any] = {":renewal": {"N": str(version)}}
        sets, removes = ["renewal = :renewal"], []
        for name, value in (
            ("grants", None if identity.grants is None else grants_attribute(identity.grants)),
            ("claims", claims_attribute(identity.claims) if identity.claims else None),
            ("valid_until", None if identity.valid_until is None else {"N": str(identity.valid_until)}),
        ):
            if value is None:
                removes.append(name)
            else:
                sets.append(f"{name} = :{name}")
                values[f":{name}"] = value
        clauses = (
            f"{verb} {', '.join(names)}" for verb, names in (("SET", sets), ("REMOVE", removes)) if names
        )
        return self._update(connection_id, " ".join(clauses), values, condition=f" AND {NO_NEWER_END}")

    def seen(self, connection_id: str, *, now: float) -> None:
        try:
            self.dynamodb.update_item(
                TableName=self.connections_table,
                Key=key_of(connection_id),
                UpdateExpression="SET last_seen = :now",
                ConditionExpression="attribute_exists(connection_id)",
                ExpressionAttributeValues={":now": {"N": str(int(now))}},
            )
        except ClientError as exc:
            if is_failed_condition(exc):
                raise ConnectionLost(connection_id) from exc
            raise

    def _update(
        self, connection_id: str, expression: str, values: dict[str, Any], *, condition: str = ""
    ) -> Item:
        """The connection's row after it; as it is, when it exists and the condition does not hold."""
        key = key_of(connection_id)
        try:
            row: Item | None = self.dynamodb.update_item(
                TableName=self.connections_table,
                Key=key,
                UpdateExpression=expression,
                ConditionExpression=f"attribute_exists(connection_id){condition}",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )["Attributes"]
        except ClientError as exc:
            row = row_of_failure(self.dynamodb, self.connections_table, key, exc)
        if row is None:
            raise ConnectionLost(connection_id)
        return row

    def _current(self, connection_id: str) -> Connection | None:
        row = self.dynamodb.get_item(
            TableName=self.connections_table, Key=key_of(connection_id), ConsistentRead=True
        ).get("Item")
        return None if row is None else connection_of(row)
