"""What DynamoDB charges: a write unit a kilobyte, a read unit for 4 KB, half of it when not consistent."""

from collections.abc import Iterable
from typing import Any

from simulation.memory.tables import Index, Row, Table

WRITE_UNIT_BYTES = 1024
READ_UNIT_BYTES = 4096


def read_units(size_bytes: int, *, consistent: bool) -> float:
    """Half a unit or one at least, also where nothing is found."""
    units = max(1, -(-size_bytes // READ_UNIT_BYTES))
    return float(units) if consistent else units / 2


def write_units(table: Table, old: Row | None, new: Row | None) -> float:
    """The larger of the item before and after, and what changes in each index."""
    size_bytes = max(row.size_bytes if row is not None else 0 for row in (old, new))
    units = max(1, -(-size_bytes // WRITE_UNIT_BYTES))
    return float(units + sum(_index_units(index, old, new) for index in table.indexes.values()))


def _index_units(index: Index, old: Row | None, new: Row | None) -> int:
    before = None if old is None else index.key_of(old.item)
    after = None if new is None else index.key_of(new.item)
    if before == after and (index.keys_only or after is None):
        return 0
    # An entry whose key changes is deleted and written.
    return (before is not None and before != after) + (after is not None)


def consumed(table: str, units: float, kind: str) -> dict[str, Any]:
    """As `ReturnConsumedCapacity` asks for: TOTAL and INDEXES carry the sum."""
    return {"TableName": table, "CapacityUnits": units} if kind != "NONE" else {}


def size_of(rows: Iterable[Row]) -> int:
    return sum(row.size_bytes for row in rows)
