"""JSON Schemas of the types on the bus, in the form that EventBridge's schema registry takes."""

from collections.abc import Mapping
from typing import Any

from tidings.catalog import Catalog, EventType
from tidings.system import with_system

DRAFT_4 = "http://json-schema.org/draft-04/schema#"
_TEXT: Mapping[str, Any] = {"type": "string"}


def schemas(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """By event type: `aws schemas create-schema --type JSONSchemaDraft4 --content file://…`."""
    types = with_system(catalog).types.values()
    return {entry.name: _event(entry) for entry in types if entry.from_producers or entry.channel is None}


def older(schema: Any, *, draft_4: bool = False) -> Any:
    """The same in draft 7, or in draft 4: pydantic writes draft 2020-12."""
    if isinstance(schema, list):
        return [older(one, draft_4=draft_4) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: older(value, draft_4=draft_4) for key, value in schema.items()}
    if "prefixItems" in found:
        found["items"] = found.pop("prefixItems")
    if "$defs" in found:
        found["definitions"] = found.pop("$defs")
    if draft_4:
        if "const" in found:
            found["enum"] = [found.pop("const")]
        for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
            if isinstance(found.get(exclusive), int | float):
                found.update({bound: found[exclusive], exclusive: True})
    return found


def _event(entry: EventType) -> dict[str, Any]:
    """The whole event as a rule of the bus sees it; its `detail` has the payload."""
    payload = older(entry.payload.model_json_schema(ref_template="#/definitions/{model}"), draft_4=True)
    parts = payload.pop("definitions", {})
    detail = {
        "type": "object",
        "required": ["data"],
        "additionalProperties": False,
        "properties": {
            "data": payload,
            "user_id": {"type": "string", "minLength": 1, "maxLength": 256},
            "id": {"type": "string", "minLength": 1, "maxLength": 128},
            "deliver_at": {"type": "string", "format": "date-time"},
            "schedule_key": {"type": "string", "minLength": 1, "maxLength": 256},
            "sent_at": {"type": "string", "format": "date-time"},
        },
    }
    return {
        "$schema": DRAFT_4,
        "title": entry.name,
        "type": "object",
        "required": [
            "version",
            "id",
            "detail-type",
            "source",
            "account",
            "time",
            "region",
            "resources",
            "detail",
        ],
        "x-amazon-events-detail-type": entry.name,
        "properties": {
            "version": _TEXT,
            "id": _TEXT,
            "detail-type": {"enum": [entry.name]},
            "source": _TEXT,
            "account": _TEXT,
            "time": {"type": "string", "format": "date-time"},
            "region": _TEXT,
            "resources": {"type": "array", "items": _TEXT},
            "detail": detail,
        },
        "definitions": parts,
    }
