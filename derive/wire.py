"""What clients and server say to each other besides events, as JSON Schemas.

docs/protocol.md says the same in words. tests/test_docs.py holds the names, and tests/derive/test_asyncapi.py
the rest.
"""

from collections.abc import Mapping
from typing import Any

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TIME: Schema = {"type": "string", "format": "date-time"}
TEXTS: Schema = {"type": "array", "items": TEXT}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}

STREAMS: Schema = {
    "type": "object",
    "description": "Where the streams stand, by their names.",
    "additionalProperties": {
        "type": "object",
        "required": ["epoch", "offset"],
        "properties": {"epoch": TEXT, "offset": NUMBER, "channels": {"type": "object"}},
    },
}

REQUEST_ID: Schema = {"type": "string", "maxLength": 64, "description": "The answer's data echoes it."}

ERROR_CODES = (
    "invalid_json",
    "invalid_message",
    "unknown_action",
    "unknown_channel",
    "forbidden_channel",
    "rate_limited",
    "message_too_large",
    "authentication_failed",
    "token_expired",
    "revoked",
    "too_many_connections",
    "too_many_channels",
    "internal_error",
)

ACTIONS: Mapping[str, tuple[Mapping[str, Schema], str | None]] = {
    "subscribe": ({"channel": TEXT}, "system.subscribed"),
    "unsubscribe": ({"channel": TEXT}, "system.unsubscribed"),
    "list_channels": ({}, "system.channels"),
    "ping": ({}, "system.pong"),
    "pong": ({}, None),
    "authenticate": ({"token": {"type": "string", "minLength": 1}}, "system.authenticated"),
    "history": ({"stream": TEXT}, "system.history"),
    "inbox": ({}, "system.inbox"),
    "seen": ({"inbox": {**NUMBER, "minimum": 0}}, "system.seen"),
}
"""What a client sends: the fields it must have besides `action`, and the type of the answer."""

OPTIONAL: Mapping[str, Mapping[str, Schema]] = {
    "history": {
        "epoch": {**TEXT, "description": "Of the position; with `after`."},
        "after": {**NUMBER, "minimum": 0},
        "before": {**NUMBER, "minimum": 1, "description": "Instead of `after`: reads back."},
        "limit": {**NUMBER, "minimum": 1, "description": "At most 300 are told."},
    },
    "system.history": {
        "recovered": {"type": "boolean", "description": "With `after`: that nothing is missing."},
        "reason": {"type": "string", "enum": ["expired", "epoch", "ahead"]},
        "settling": {"type": "object", "properties": {"retry_after_seconds": NUMBER}},
    },
    "system.subscribed": {"streams": STREAMS},
    "inbox": {"limit": {**NUMBER, "minimum": 1, "maximum": 100}, "before": {**NUMBER, "minimum": 1}},
    "system.inbox": {
        "through": {**NUMBER, "description": "Where `more` says so: ask on with it as `before`."}
    },
    "system.error": {"retry_after_seconds": NUMBER},
}
"""Fields that an action, or the data of a message, may have, too."""

MESSAGES: Mapping[str, Schema] = {
    "system.connected": {
        "connection_id": TEXT,
        "user_id": MAYBE_TEXT,
        "channels": TEXTS,
        "message": TEXT,
        "timestamp": TIME,
        "heartbeat_seconds": NUMBER,
        "expires_at": TIME,
        "authentication": TEXT,
        "token_expires_at": MAYBE_TIME,
        "streams": STREAMS,
    },
    "system.subscribed": {"channel": TEXT, "subscriber_count": NUMBER},
    "system.unsubscribed": {"channel": TEXT},
    "system.channels": {"channels": TEXTS},
    "system.pong": {},
    "system.authenticated": {"user_id": MAYBE_TEXT, "channels": TEXTS, "token_expires_at": MAYBE_TIME},
    "system.history": {
        "stream": TEXT,
        "epoch": TEXT,
        "events": {"type": "array", "items": {"type": "object"}},
        "through": NUMBER,
        "head": NUMBER,
        "more": {"type": "boolean"},
    },
    "system.inbox": {
        "items": {"type": "array", "items": {"type": "object"}},
        "unseen": NUMBER,
        "last": NUMBER,
        "more": {"type": "boolean"},
    },
    "system.seen": {"inbox": NUMBER, "unseen": NUMBER, "last": NUMBER},
    "system.error": {"code": {"type": "string", "enum": list(ERROR_CODES)}, "message": TEXT},
}
"""What the server sends besides events: the fields that its `data` has. There may be more."""

HANDSHAKE: Mapping[str, Schema] = {
    "user_id": {**TEXT, "description": "Trusted only while authentication is off."},
    "channels": {**TEXT, "description": "Names of channels, comma separated."},
    "heartbeat": {
        **NUMBER,
        "minimum": 30,
        "maximum": 540,
        "description": "Seconds between pings to ask for.",
    },
    "token": {**TEXT, "description": "A JWT, where authentication is on."},
    "ticket": {**TEXT, "description": "In place of a token: good once, for 60 seconds."},
}
"""The query of the address that a client connects to."""


def action_schema(action: str) -> Schema:
    fields, _ = ACTIONS[action]
    return {
        "type": "object",
        "required": ["action", *fields],
        "properties": {
            "action": {"const": action},
            **fields,
            **OPTIONAL.get(action, {}),
            "request_id": REQUEST_ID,
        },
    }


def message_schema(type_: str) -> Schema:
    data = MESSAGES[type_]
    return envelope(
        type_,
        {
            "type": "object",
            "required": list(data),
            "properties": {**data, **OPTIONAL.get(type_, {}), "request_id": REQUEST_ID},
        },
    )


def event_schema(type_: str, data: Schema, channel: Schema) -> Schema:
    """The envelope of an event. Position and inbox number are there on kept events only."""
    one = envelope(type_, data)
    position = {"stream": TEXT, "epoch": TEXT, "offset": NUMBER, "previous": NUMBER, "inbox": NUMBER}
    one["properties"] |= {"id": TEXT, "channel": channel, **position}
    if type_ != "system.ping":
        one["required"] += ["id", "channel"]
    return one


def envelope(type_: str, data: Schema) -> Schema:
    return {
        "type": "object",
        "required": ["type", "data", "timestamp"],
        "properties": {"type": {"const": type_}, "data": data, "timestamp": TIME},
    }
