"""Tables in memory: items in partitions, sorted; their indexes; what they were a moment ago."""

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from simulation.memory.errors import invalid
from simulation.memory.values import Item, item_bytes, sort_key

Key = tuple[Any, ...]
# An eventually consistent read is behind by less than a second, nearly always.
REMEMBERED_SECONDS = 10.0


class Row:
    """An item and its size; the item is never changed, only replaced."""

    __slots__ = ("_bytes", "item")

    def __init__(self, item: Item) -> None:
        self.item = item
        self._bytes = -1

    @property
    def size_bytes(self) -> int:
        if self._bytes < 0:
            self._bytes = item_bytes(self.item)
        return self._bytes


@dataclass(slots=True)
class Partition:
    rows: dict[Key, Row] = field(default_factory=dict)
    order: list[Key] = field(default_factory=list)
    """The rows' keys, sorted."""


@dataclass(slots=True, kw_only=True)
class Index:
    """Of a table itself, or a secondary one: only items that have its key are in it."""

    key_names: tuple[str, ...]
    table_key_names: tuple[str, ...]
    keys_only: bool = False
    partitions: dict[Any, Partition] = field(default_factory=dict)

    def key_of(self, item: Mapping[str, Any]) -> Key | None:
        """(partition, sort values and, in a secondary index, the table's key)."""
        try:
            own = tuple([sort_key(item[name]) for name in self.key_names])
        except KeyError:
            return None
        if self.key_names is self.table_key_names:
            return own
        return own + tuple([sort_key(item[name]) for name in self.table_key_names])

    def replace(self, old: Row | None, new: Row | None) -> None:
        before = None if old is None else self.key_of(old.item)
        after = None if new is None else self.key_of(new.item)
        self.move(before, after, new)

    def move(self, before: Key | None, after: Key | None, new: Row | None) -> None:
        """An entry from one key to another; None: it was, or will be, in no place."""
        if before is not None and before != after:
            partition = self.partitions[before[0]]
            del partition.rows[before[1:]]
            del partition.order[bisect_left(partition.order, before[1:])]
        if after is not None and new is not None:
            partition = self.partitions.setdefault(after[0], Partition())
            if before != after:
                insort(partition.order, after[1:])
            partition.rows[after[1:]] = new if not self.keys_only else Row(self._projected(new.item))

    def read(self, partition: Any, after: Key | None, *, forward: bool) -> Iterator[tuple[Key, Row]]:
        found = self.partitions.get(partition)
        if found is None:
            return
        order = found.order
        if forward:
            start = 0 if after is None else bisect_right(order, after)
            keys = order[start:]
        else:
            end = len(order) if after is None else bisect_left(order, after)
            keys = order[:end][::-1]
        for key in keys:
            yield key, found.rows[key]

    def _projected(self, item: Mapping[str, Any]) -> Item:
        return {name: item[name] for name in dict.fromkeys((*self.key_names, *self.table_key_names))}


@dataclass(slots=True, kw_only=True)
class Table:
    name: str
    primary: Index
    indexes: dict[str, Index] = field(default_factory=dict)
    _past: deque[tuple[float, Key, Row | None]] = field(default_factory=deque)
    """(moment, key, what was there before it), oldest first."""

    @property
    def key_names(self) -> tuple[str, ...]:
        return self.primary.key_names

    def key_of(self, key: Mapping[str, Any]) -> Key:
        found = self.primary.key_of(key)
        if found is None:
            raise invalid("The provided key element does not match the schema")
        return found

    def get(self, key: Key, *, as_of: float | None = None) -> Row | None:
        if as_of is not None:
            for moment, changed, before in self._past:
                if moment > as_of and changed == key:
                    return before
        partition = self.primary.partitions.get(key[0])
        return None if partition is None else partition.rows.get(key[1:])

    def replace(self, key: Key, new: Item | None, *, now: float) -> Row | None:
        """Put or, with None, delete; returns what was there."""
        old = self.get(key)
        row = None if new is None else Row(new)
        self.primary.move(None if old is None else key, None if row is None else key, row)
        for index in self.indexes.values():
            index.replace(old, row)
        past = self._past
        past.append((now, key, old))
        while past[0][0] < now - REMEMBERED_SECONDS:
            past.popleft()
        return old

    def at(self, as_of: float) -> "Table":
        """The table as it was at a moment of the last seconds."""
        if not any(moment > as_of for moment, _, _ in self._past):
            return self
        then = Table(
            name=self.name,
            primary=_empty(self.primary),
            indexes={name: _empty(index) for name, index in self.indexes.items()},
        )
        earlier: dict[Key, Row | None] = {}
        for moment, key, before in self._past:
            if moment > as_of:
                earlier.setdefault(key, before)
        for key, row in [*self._rows(), *earlier.items()]:
            shown = earlier.get(key, row)
            if shown is not None and then.get(key) is None:
                then.replace(key, shown.item, now=as_of)
        return then

    def items(self) -> Iterator[Item]:
        """All of them, for whoever looks from outside: functions use Query."""
        for _, row in self._rows():
            yield row.item

    def rows_after(self, key: Key | None) -> list[Row]:
        """All rows, or those behind a key, by their keys."""
        return [
            row for found, row in sorted(self._rows(), key=lambda one: one[0]) if key is None or found > key
        ]

    def _rows(self) -> list[tuple[Key, Row]]:
        return [
            ((hashed, *key), partition.rows[key])
            for hashed, partition in self.primary.partitions.items()
            for key in partition.order
        ]


def _empty(index: Index) -> Index:
    return Index(key_names=index.key_names, table_key_names=index.table_key_names, keys_only=index.keys_only)
