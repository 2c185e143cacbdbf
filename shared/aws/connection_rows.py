"""Rows of the connections table: how a connection is written there, and read back."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from shared.aws.conditions import Item
from shared.domain.connection import Connection


def key_of(connection_id: str) -> dict[str, Any]:
    return {"connection_id": {"S": connection_id}}


def row_of(connection: Connection) -> dict[str, Any]:
    row: dict[str, Any] = {
        **key_of(connection.connection_id),
        "connected_at": {"N": f"{connection.connected_at:.3f}"},
        "expires_at": {"N": str(int(connection.row_expires_at))},
        "shard": {"N": str(connection.shard)},
    }
    if connection.user_id is not None:
        row["user_id"] = {"S": connection.user_id}
    if connection.address is not None:
        row["address"] = {"S": connection.address}
    if connection.channels:
        row["channels"] = {"SS": sorted(connection.channels)}
    if connection.heartbeat_seconds is not None:
        row["heartbeat_seconds"] = {"N": str(connection.heartbeat_seconds)}
    if connection.grants is not None:
        row["grants"] = grants_attribute(connection.grants)
    if connection.claims:
        row["claims"] = claims_attribute(connection.claims)
    if connection.valid_until is not None:
        row["valid_until"] = {"N": str(connection.valid_until)}
    return row


def connection_of(row: Item) -> Connection:
    return Connection(
        connection_id=row["connection_id"]["S"],
        user_id=row.get("user_id", {}).get("S"),
        channels=frozenset(row.get("channels", {}).get("SS", [])),
        connected_at=float(row["connected_at"]["N"]),
        shard=int(row["shard"]["N"]),
        heartbeat_seconds=int(row["heartbeat_seconds"]["N"]) if "heartbeat_seconds" in row else None,
        grants=frozenset(filter(None, row["grants"]["S"].split("|"))) if "grants" in row else None,
        claims=json.loads(row["claims"]["S"]) if "claims" in row else {},
        valid_until=float(row["valid_until"]["N"]) if "valid_until" in row else None,
        address=row.get("address", {}).get("S"),
        renewal=int(row["renewal"]["N"]) if "renewal" in row else 0,
    )


def is_greeted(row: Item) -> bool:
    return "welcomed" in row


def grants_attribute(grants: Iterable[str]) -> dict[str, Any]:
    """In one string, `|news|orders|`: a DynamoDB set cannot be empty, and to grant nothing is a grant."""
    return {"S": "|" + "".join(f"{channel}|" for channel in sorted(grants))}


def claims_attribute(claims: Mapping[str, Any]) -> dict[str, Any]:
    return {"S": json.dumps(claims, separators=(",", ":"))}
