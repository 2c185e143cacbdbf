"""Write the clients' event types from the catalogue: TypeScript and Python.  python -m clients.generate_types

Both files are committed; tests/clients/test_generated_types.py fails when they are not current.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from events import catalog
from tidings.catalog import EventType
from tidings.system import with_system

CATALOGUE: Final = with_system(catalog)
CATALOG: Final = CATALOGUE.types
HERE: Final = Path(__file__).parent
TYPESCRIPT: Final = HERE / "javascript/types/events.d.ts"

Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """One payload, or an object inside one, as its JSON Schema describes it."""

    name: str
    schema: Schema
    events: tuple[EventType, ...]


def models() -> list[Model]:
    """Objects inside payloads first, so that every name is declared before it is used."""
    inner: dict[str, Schema] = {}
    outer: list[Model] = []
    for entry in CATALOG.values():
        schema = entry.payload.model_json_schema()
        inner.update(schema.get("$defs", {}))
        outer.append(Model(entry.payload.__name__, schema, (entry,)))
    return [Model(name, schema, ()) for name, schema in inner.items()] + outer


def shown() -> list[EventType]:
    return [entry for entry in CATALOG.values() if entry.channel is not None]


def typescript() -> str:
    return "\n".join([*_typescript_lines(), ""])


def _typescript_lines() -> Iterator[str]:
    yield "// Generated from the catalogue by `python -m clients.generate_types`. Do not edit."
    for model in models():
        if model.events and not (model.events[0].channel or model.events[0].from_producers):
            continue
        required = model.schema.get("required", ())
        yield ""
        yield f"export interface {model.name} {{"
        for name, field in model.schema.get("properties", {}).items():
            yield f"  {name}{'' if name in required else '?'}: {_typescript_type(field)};"
        yield "}"
    yield ""
    yield "/** The payload of every event type. */"
    yield "export interface EventData {"
    for entry in shown():
        yield f"  {json.dumps(entry.name)}: {entry.payload.__name__};"
    yield "}"
    yield ""
    yield "export type EventType = keyof EventData;"
    yield ""
    yield "/** What a producer may put on the bus. Some is for the system only: no client hears it. */"
    yield "export interface ProducedData {"
    for entry in CATALOG.values():
        if entry.from_producers:
            yield f"  {json.dumps(entry.name)}: {entry.payload.__name__};"
    yield "}"
    yield ""
    yield "/** The channel that carries every event type. */"
    yield "export interface EventChannel {"
    for entry in shown():
        yield f"  {json.dumps(entry.name)}: {json.dumps(entry.channel)};"
    yield "}"
    yield ""
    yield f"export type Channel = {' | '.join(json.dumps(channel) for channel in CATALOGUE.channels)};"


def _typescript_type(field: Schema) -> str:
    match field:
        case {"$ref": reference}:
            return _name(reference)
        case {"enum": values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"anyOf": options}:
            return " | ".join(_typescript_type(option) for option in options)
        case {"type": "array", "items": items}:
            return f"{_typescript_type(items)}[]"
        case {"type": "integer" | "number"}:
            return "number"
        case {"type": "string" | "boolean" | "null" as kind}:
            return str(kind)
    raise ValueError(f"no TypeScript type for {field}: teach clients/generate_types.py")


def _name(reference: str) -> str:
    return reference.rpartition("/")[2]


GENERATED: Final = {TYPESCRIPT: typescript}

if __name__ == "__main__":
    for path, text in GENERATED.items():
        path.write_text(text(), encoding="utf-8")
