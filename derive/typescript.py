"""The TypeScript types of a catalogue: one file, which the application keeps in its own repository."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tidings.catalog import Catalog, EventType
from tidings.system import with_system

Schema = Mapping[str, Any]

HEADING = """\
// Written from the catalogue by `make types`. Do not edit.
// new TidingsClient<Catalog>(…), useRealtime<Catalog>(…), new Producer<Catalog>(…)
"""


def typescript(catalog: Catalog) -> str:
    """The whole file: an interface for each payload, and the type `Catalog`.

    Raises ValueError when two different classes have one name.
    """
    everything = with_system(catalog)
    used = [entry for entry in everything.types.values() if entry.channel or entry.from_producers]
    heard = [entry for entry in used if entry.on is not None]
    produced = [entry for entry in used if entry.from_producers]
    lines = [
        *_interfaces(used),
        *("", "export interface Catalog {", "  events: {"),
        *_members((entry, entry.payload.__name__) for entry in heard),
        *("  };", "  channelOf: {"),
        *_members((entry, _channel(entry.channel or "")) for entry in heard),
        *("  };", f"  channels: {' | '.join(map(_channel, everything.declared))};", "  produced: {"),
        *_members((entry, entry.payload.__name__) for entry in produced),
        *("  };", "}", ""),
    ]
    return HEADING + "\n".join(lines)


def _interfaces(entries: Iterable[EventType]) -> Iterator[str]:
    """Of each payload, and of the objects in it."""
    schemas: dict[str, Schema] = {}
    for entry in entries:
        schema = entry.payload.model_json_schema()
        # One that holds itself stands among its own parts.
        parts = schema.pop("$defs", {})
        for name, one in {entry.payload.__name__: schema, **parts}.items():
            if schemas.setdefault(name, one) != one:
                raise ValueError(f"{entry.name}: two different classes are called {name}; rename one")
    for name, one in schemas.items():
        yield ""
        if one.get("type") == "object" and "enum" not in one:
            yield from (f"export interface {name} {{", *_fields(one), "}")
        else:
            yield f"export type {name} = {_type(one)};"


def _fields(schema: Schema) -> Iterator[str]:
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        if said := field.get("description"):
            yield f"  /** {' '.join(said.split()).replace('*/', '* /')} */"
        key = name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)
        yield f"  {key}{'' if name in required else '?'}: {_type(field)};"


def _members(pairs: Iterable[tuple[EventType, str]]) -> Iterator[str]:
    for entry, type_ in pairs:
        yield f"    {json.dumps(entry.name)}: {type_};"


def _channel(name: str) -> str:
    """A channel's name as a type: `orders/${string}` stands for each of the channels of its kind."""
    if "{" not in name:
        return json.dumps(name)
    return f"`{re.sub(r'{[^}]*}', '${string}', name)}`"


def _type(field: Schema) -> str:  # noqa: C901, PLR0911 - one line for each kind of schema
    match field:
        case {"$ref": reference}:
            return str(reference).rpartition("/")[2]
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"anyOf": options} | {"oneOf": options}:
            return " | ".join(dict.fromkeys(_type(option) for option in options))
        case {"type": "array", "prefixItems": items}:
            return f"[{', '.join(_type(one) for one in items)}]"
        case {"type": "array", "items": items}:
            inner = _type(items)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": {} as values}:
            return f"Record<string, {_type(values)}>"
        case {"type": "object"}:
            return "Record<string, unknown>"
        case {"type": "integer" | "number"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as kind}:
            return str(kind)
    return "unknown"
