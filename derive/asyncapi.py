"""The AsyncAPI 3.0 document of the WebSocket API, written from a catalogue.

A channel of AsyncAPI is one of ours, with its parameters. One more stands for the connection itself: what the
client says, and what the server answers. All are multiplexed over one WebSocket.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from derive.schemas import older
from derive.wire import ACTIONS, HANDSHAKE, MESSAGES, action_schema, event_schema, message_schema
from tidings.catalog import Catalog, Channel, EventType
from tidings.system import with_system

VERSION = "3.0.0"
CONNECTION = "connection"
Node = dict[str, Any]


def asyncapi(catalog: Catalog, *, title: str = "Tidings") -> Node:
    """The document, as plain JSON."""
    everything = with_system(catalog)
    heard = [entry for entry in everything.types.values() if entry.on is not None]
    models, parts = models_json_schema(
        [(entry.payload, "validation") for entry in heard], ref_template="#/components/schemas/{model}"
    )
    data = {entry.name: older(models[entry.payload, "validation"]) for entry in heard}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": title,
            "version": "1",
            "description": "Real-time events over one WebSocket: subscribe to channels, hear their events.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": {
            CONNECTION: _connection(),
            **{_id(name): _channel(one, heard) for name, one in everything.declared.items()},
        },
        "operations": {**_actions(), **_told(), **_heard(everything.declared, heard)},
        "components": {
            "messages": {
                **{f"client.{action}": _message(action, action_schema(action)) for action in ACTIONS},
                **{type_: _message(type_, message_schema(type_)) for type_ in MESSAGES},
                **{entry.name: _event(entry, data[entry.name]) for entry in heard},
            },
            "schemas": older(parts.get("$defs", {})),
            "securitySchemes": _security(),
        },
    }


def _servers() -> Node:
    return {
        "local": {
            "host": "localhost:8000",
            "pathname": "/api/v1/ws",
            "protocol": "ws",
            "description": "The local run, without authentication.",
        },
        "deployed": {
            "host": "{api}.execute-api.{region}.amazonaws.com",
            "pathname": "/{stage}",
            "protocol": "wss",
            "description": "A stage on AWS; with a custom domain its own host, and the path /api/v1/ws.",
            "variables": {
                "api": {"description": "The id of the WebSocket API."},
                "region": {"default": "us-east-1"},
                "stage": {"default": "prod"},
            },
            "security": [_reference("components", "securitySchemes", name) for name in _security()],
        },
    }


def _security() -> Node:
    return {
        "token": {"type": "httpApiKey", "in": "query", "name": "token", "description": "A JWT."},
        "ticket": {
            "type": "httpApiKey",
            "in": "query",
            "name": "ticket",
            "description": "Good once, for 60 s.",
        },
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    }


def _connection() -> Node:
    names = [*(f"client.{action}" for action in ACTIONS), *MESSAGES]
    return {
        "address": None,
        "title": "The connection",
        "description": "Opened with this query; the first message is `system.connected`.",
        "messages": {name: _reference("components", "messages", name) for name in names},
        "bindings": {
            "ws": {"method": "GET", "query": {"type": "object", "properties": dict(HANDSHAKE)}},
        },
    }


def _channel(one: Channel, heard: Iterable[EventType]) -> Node:
    found: Node = {
        "address": one.name,
        "description": f"Subscribed to with the action `subscribe`. {_kept(one)}",
        "messages": {
            entry.name: _reference("components", "messages", entry.name)
            for entry in heard
            if entry.channel == one.name
        },
    }
    if one.parameters:
        found["parameters"] = {
            name: {"description": "1 to 64 of A-Z, a-z, 0-9, '_', '.', '-'."} for name in one.parameters
        }
    return found


def _kept(one: Channel) -> str:
    hours = one.keep.total_seconds() / 3600
    return f"Its events are kept for {hours:g} hours." if hours else "Its events are not kept."


def _actions() -> Node:
    """What the server receives, with what it answers."""
    operations: Node = {}
    for action, (_, answer) in ACTIONS.items():
        one: Node = {
            "action": "receive",
            "channel": _reference("channels", CONNECTION),
            "messages": [_reference("channels", CONNECTION, "messages", f"client.{action}")],
        }
        if answer:
            one["reply"] = {
                "channel": _reference("channels", CONNECTION),
                "messages": [
                    _reference("channels", CONNECTION, "messages", name) for name in (answer, "system.error")
                ],
            }
        operations[action] = one
    return operations


def _told() -> Node:
    """What the server sends without being asked."""
    return {
        name: {
            "action": "send",
            "channel": _reference("channels", CONNECTION),
            "summary": summary,
            "messages": [_reference("channels", CONNECTION, "messages", type_)],
        }
        for name, type_, summary in (
            ("welcome", "system.connected", "The first message of every connection."),
            ("seen_elsewhere", "system.seen", "Another device of the user has shown items of the inbox."),
            ("error", "system.error", "Also right before a connection is closed by the server."),
        )
    }


def _heard(channels: Mapping[str, Channel], heard: Iterable[EventType]) -> Node:
    carried = {entry.channel for entry in heard}
    return {
        f"hear.{_id(name)}": {
            "action": "send",
            "channel": _reference("channels", _id(name)),
            "summary": f"Events of {name}, to who is subscribed.",
        }
        for name in channels
        if name in carried
    }


def _event(entry: EventType, data: Node) -> Node:
    name = entry.channel or ""
    pattern = re.sub(r"\\\{[^}]*\\\}", "[A-Za-z0-9_.-]{1,64}", re.escape(name))
    channel = {"type": "string", "pattern": f"^{pattern}$"} if "{" in name else {"const": name}
    return _message(entry.name, event_schema(entry.name, data, channel))


def _message(name: str, payload: Node) -> Node:
    return {"name": name, "contentType": "application/json", "payload": payload}


def _id(channel: str) -> str:
    """Keys of a document have no slashes and braces: `orders.order_id`."""
    return re.sub(r"[{}]", "", channel).replace("/", ".")


def _reference(*path: str) -> Node:
    return {"$ref": "#/" + "/".join(path)}
