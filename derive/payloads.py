"""What changed between two JSON Schemas of one payload, and for whom it breaks something.

Consumers read what the new schema allows with code for the old one. Producers write what the old
one allows, and the new one decides whether it is accepted.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

Schema = Mapping[str, Any]


class Change(NamedTuple):
    breaks: bool
    text: str


# Keyword of a bound, and whether the new one refuses what the old one allows.
_BOUNDS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems"), lambda old, new: new > old),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems"), lambda old, new: new < old),
}
_TEXT: Final = ("pattern", "format", "multipleOf")


def compare_payloads(old: Schema, new: Schema) -> list[Change]:
    """In the order of the fields. Both are whole schemas, as pydantic writes them."""
    return list(_Comparison(old.get("$defs", {}), new.get("$defs", {})).values("data", old, new))


class _Comparison:
    def __init__(self, old_parts: Mapping[str, Schema], new_parts: Mapping[str, Schema]) -> None:
        self._old_parts, self._new_parts = old_parts, new_parts
        self._under_way: set[tuple[str, str]] = set()

    def values(self, at: str, old: Schema, new: Schema) -> Iterator[Change]:
        """A model that holds itself is compared once."""
        pair = (str(old.get("$ref")), str(new.get("$ref")))
        if "$ref" in old and "$ref" in new:
            if pair in self._under_way:
                return
            self._under_way.add(pair)
        yield from self._alternatives(at, _kinds(old, self._old_parts), _kinds(new, self._new_parts))
        self._under_way.discard(pair)

    def _alternatives(
        self, at: str, old: Mapping[str, list[Schema]], new: Mapping[str, list[Schema]]
    ) -> Iterator[Change]:
        if "anything" in old or "anything" in new:
            if "anything" not in new:
                yield Change(True, f"{at} was anything and is now {_said(new)}: other values are refused")
            elif "anything" not in old:
                yield Change(True, f"{at} was {_said(old)} and is now anything: consumers may not read it")
            return
        if lost := [kind for kind in old if kind not in new and not (kind == "integer" and "number" in new)]:
            words = f"{at} was {_said(old)} and is now {_said(new)}"
            yield Change(True, f"{words}: {' and '.join(lost)} is refused from producers")
        elif more := [kind for kind in new if kind not in old]:
            words = f"{at} was {_said(old)} and is now {_said(new)}"
            yield Change(True, f"{words}: consumers may not read {' and '.join(more)}")
        for kind in old:
            if kind in new:
                yield from self._of_one_kind(at, old[kind], new[kind])

    def _of_one_kind(self, at: str, old: list[Schema], new: list[Schema]) -> Iterator[Change]:
        if len(old) == len(new) == 1:
            yield from self._one(at, old[0], new[0])
        elif json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True):
            yield Change(True, f"{at}: its alternatives have changed")

    def _one(self, at: str, old: Schema, new: Schema) -> Iterator[Change]:
        yield from _enumerations(at, old, new)
        yield from _bounds(at, old, new)
        yield from self._fields(at, old, new)
        if isinstance(old.get("items"), Mapping) and isinstance(new.get("items"), Mapping):
            yield from self.values(f"{at}[]", old["items"], new["items"])
        if old.get("prefixItems") != new.get("prefixItems"):
            yield Change(True, f"{at}: its places have changed")
        if isinstance(old.get("additionalProperties"), Mapping):
            more = new.get("additionalProperties")
            yield from self.values(
                f"{at}.*", old["additionalProperties"], more if isinstance(more, Mapping) else {}
            )

    def _fields(self, at: str, old: Schema, new: Schema) -> Iterator[Change]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed_before, needed_after = old.get("required", ()), new.get("required", ())
        for name, field in before.items():
            where = f"{at}.{name}"
            if name not in after:
                yield Change(True, f"{where} is gone: consumers miss it")
                continue
            if name in needed_before and name not in needed_after:
                yield Change(True, f"{where} is no longer required: consumers may miss it")
            if name not in needed_before and name in needed_after:
                yield Change(True, f"{where} is now required: producers may lack it")
            yield from self.values(where, field, after[name])
        for name in after:
            if name not in before and name in needed_after:
                yield Change(True, f"{at}.{name} is new and required: producers lack it")
            elif name not in before:
                yield Change(False, f"{at}.{name} is new and optional")


def _enumerations(at: str, old: Schema, new: Schema) -> Iterator[Change]:
    before, after = _allowed(old), _allowed(new)
    if before is None or after is None:
        if before is not None:
            yield Change(
                True, f"{at} was one of {_listed(before)} and is now open: consumers may meet others"
            )
        elif after is not None:
            yield Change(True, f"{at} must now be one of {_listed(after)}: other values are refused")
        return
    if gone := [value for value in before if value not in after]:
        yield Change(True, f"{at} can no longer be {_listed(gone)}: refused from producers")
    if more := [value for value in after if value not in before]:
        yield Change(False, f"{at} can also be {_listed(more)}")


def _bounds(at: str, old: Schema, new: Schema) -> Iterator[Change]:
    for keyword, refuses in _BOUNDS.items():
        before, after = old.get(keyword), new.get(keyword)
        if before == after:
            continue
        words = f"{at}: {keyword} was {_or_none(before)}, is {_or_none(after)}"
        if after is not None and (before is None or refuses(before, after)):
            yield Change(True, f"{words}: more is refused from producers")
        else:
            yield Change(False, words)
    for keyword in _TEXT:
        before, after = old.get(keyword), new.get(keyword)
        if before != after:
            words = f"{at}: {keyword} was {_or_none(before)}, is {_or_none(after)}"
            yield Change(True, f"{words}: other values are refused, or met")


def _kinds(schema: Schema, parts: Mapping[str, Schema]) -> dict[str, list[Schema]]:
    """The JSON types that the schema allows, each with what is said of it. `anything`: it says nothing."""
    if "$ref" in schema:
        return _kinds(parts[schema["$ref"].rpartition("/")[2]], parts)
    found: dict[str, list[Schema]] = {}
    if options := schema.get("anyOf") or schema.get("oneOf"):
        for option in options:
            for kind, ones in _kinds(option, parts).items():
                found.setdefault(kind, []).extend(ones)
        return found
    if "type" in schema:
        return {schema["type"]: [schema]}
    for value in _allowed(schema) or ():
        kind = _kind_of(value)
        found.setdefault(kind, [{"enum": []}])[0]["enum"].append(value)
    return found or {"anything": [schema]}


def _kind_of(value: Any) -> str:
    names: Mapping[type, str] = {bool: "boolean", str: "string", int: "integer", float: "number"}
    return "null" if value is None else names.get(type(value), "object")


def _or_none(value: object) -> object:
    return "none" if value is None else value


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _said(kinds: Mapping[str, list[Schema]]) -> str:
    return " or ".join(kinds)


def _listed(values: list[Any]) -> str:
    return ", ".join(json.dumps(value) for value in values)
