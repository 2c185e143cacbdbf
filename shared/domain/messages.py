"""What clients may say, and how a message that says something else is answered."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NoReturn

from shared.domain.errors import ClientError, ErrorCode
from shared.domain.limits import (
    CLIENT_MESSAGE_BYTES,
    CLIENT_MESSAGE_DEPTH,
    HEARTBEAT_SECONDS_MAX,
    HEARTBEAT_SECONDS_MIN,
    HISTORY_EVENTS,
    INBOX_ITEMS,
    INBOX_ITEMS_MAX,
    JSON_INTEGER_MAX,
    REQUEST_ID_CHARACTERS,
    TOKEN_CHARACTERS,
)
from shared.domain.nesting import is_deeper_than
from tidings.catalog import Catalog

SUBSCRIBE, UNSUBSCRIBE, LIST_CHANNELS = "subscribe", "unsubscribe", "list_channels"
PING, PONG, AUTHENTICATE = "ping", "pong", "authenticate"
HISTORY, INBOX, SEEN = "history", "inbox", "seen"
ACTIONS = (SUBSCRIBE, UNSUBSCRIBE, LIST_CHANNELS, PING, PONG, AUTHENTICATE, HISTORY, INBOX, SEEN)
_TEXTS: Mapping[str, Sequence[str]] = {
    SUBSCRIBE: ("channel",),
    UNSUBSCRIBE: ("channel",),
    AUTHENTICATE: ("token",),
    HISTORY: ("stream", "epoch"),
}
# The whole numbers of an action, with their least and their most, and what counts when they are left out.
_NUMBERS: Mapping[str, Sequence[tuple[str, int, int, int | None]]] = {
    HISTORY: (
        ("limit", 1, JSON_INTEGER_MAX, HISTORY_EVENTS),
        ("after", 0, JSON_INTEGER_MAX, 0),
        ("before", 1, JSON_INTEGER_MAX, 0),
    ),
    INBOX: (("limit", 1, INBOX_ITEMS_MAX, INBOX_ITEMS), ("before", 1, JSON_INTEGER_MAX, JSON_INTEGER_MAX)),
    SEEN: (("inbox", 0, JSON_INTEGER_MAX, None),),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMessage:
    action: str
    request_id: str | None = None
    channel: str = ""
    """Of `subscribe` and `unsubscribe`."""
    token: str = field(default="", repr=False)
    """Of `authenticate`."""
    stream: str = ""
    epoch: str = ""
    after: int = 0
    """These three of `history`; 0: from the beginning."""
    limit: int = 0
    before: int = 0
    """Both of `history` and `inbox`: at most so many, with smaller numbers than that; 0: it is not said."""
    inbox: int = 0
    """Of `seen`: the number of the newest item that was seen."""


def parse_message(body: str, catalog: Catalog) -> ClientMessage:
    """Read a client's message. Raises ClientError, with the answer."""
    raw = _load(body)
    request_id = _request_id_of(raw)
    action = raw.get("action")
    if not isinstance(action, str):
        raise _invalid(f"'action' must be one of: {', '.join(ACTIONS)}.", request_id)
    if action not in ACTIONS:
        raise ClientError(
            ErrorCode.UNKNOWN_ACTION,
            f"Unknown action {_quoted(action)}. Known actions: {', '.join(ACTIONS)}.",
            request_id=request_id,
        )
    fields: dict[str, Any] = {}
    wrong = [*_read_texts(raw, fields, catalog), *_read_numbers(raw, fields)]
    if raw.get("request_id") is not None and request_id is None:
        wrong.append(f"'request_id' must be a string of up to {REQUEST_ID_CHARACTERS} characters")
    if wrong:
        raise _invalid(f"{'; '.join(wrong)}.", request_id)
    if "channel" in fields and catalog.channel(fields["channel"]) is None:
        raise unknown_channels([fields["channel"]], catalog, request_id=request_id)
    return ClientMessage(action=action, request_id=request_id, **fields)


def _read_numbers(raw: Mapping[str, Any], fields: dict[str, Any]) -> Iterator[str]:
    """Take the numbers of an action into its fields; tells what is wrong with them."""
    for name, least, most, unsaid in _NUMBERS.get(raw["action"], ()):
        fields[name] = number = raw.get(name, unsaid)
        is_whole = isinstance(number, int) and not isinstance(number, bool)
        is_said = name in raw or unsaid is None
        if is_said and (not is_whole or not least <= number <= most):
            yield f"'{name}' must be a whole number from {least} to {most}"


def _read_texts(raw: Mapping[str, Any], fields: dict[str, Any], catalog: Catalog) -> Iterator[str]:
    """Take the other fields of an action; tells what is wrong with them."""
    action = raw["action"]
    for name in _TEXTS.get(action, ()):
        fields[name] = raw.get(name)
    if action in (SUBSCRIBE, UNSUBSCRIBE) and not isinstance(fields["channel"], str):
        yield f"'channel' must be one of: {', '.join(catalog.declared)}"
    if action == AUTHENTICATE:
        token = fields["token"]
        if not isinstance(token, str) or not 0 < len(token) <= TOKEN_CHARACTERS:
            yield f"'token' must be a string of 1 to {TOKEN_CHARACTERS} characters"
    if action == HISTORY:
        yield from _wrong_position(raw, fields)


def _wrong_position(raw: Mapping[str, Any], fields: dict[str, Any]) -> Iterator[str]:
    if not isinstance(fields["stream"], str):
        yield "'stream' must be the name of one, as the welcome says it"
    if ("after" in raw) == ("before" in raw):
        yield "say either 'after' or 'before'"
    if "after" in raw and not isinstance(fields["epoch"], str):
        yield "'epoch' must be the one that came with the position"


def _load(body: str) -> dict[str, Any]:
    if len(body.encode("utf-8", "surrogatepass")) > CLIENT_MESSAGE_BYTES:
        raise ClientError(
            ErrorCode.MESSAGE_TOO_LARGE, f"The message is over {CLIENT_MESSAGE_BYTES // 1024} KB."
        )
    try:
        raw = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError as exc:
        raise _too_deep() from exc
    except ValueError as exc:  # also integers beyond Python's digit limit
        raise ClientError(ErrorCode.INVALID_JSON, "The message is not valid JSON.") from exc
    if is_deeper_than(CLIENT_MESSAGE_DEPTH, raw):
        raise _too_deep()
    if not isinstance(raw, dict):
        raise _invalid('Send a JSON object such as {"action": "list_channels"}.')
    return raw


def _too_deep() -> ClientError:
    return _invalid(f"The message is nested more than {CLIENT_MESSAGE_DEPTH} levels deep.")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _invalid(text: str, request_id: str | None = None) -> ClientError:
    return ClientError(ErrorCode.INVALID_MESSAGE, text, request_id=request_id)


def unknown_channels(names: Sequence[str], catalog: Catalog, *, request_id: str | None = None) -> ClientError:
    said = ", ".join(_quoted(name) for name in names)
    words = f"Unknown channel {said}. Known channels: {', '.join(catalog.declared)}."
    if any("*" in name for name in names):
        words += " A pattern is for a token's grants: subscribe to each channel by its own name."
    elif any("{" in name for name in names):
        words += " In place of {…} say a value."
    return ClientError(ErrorCode.UNKNOWN_CHANNEL, words, request_id=request_id)


def forbidden_channels(names: Iterable[str], *, request_id: str | None = None) -> ClientError:
    said = ", ".join(names)
    return ClientError(
        ErrorCode.FORBIDDEN_CHANNEL,
        f"The token does not allow: {said}.",
        request_id=request_id,
    )


def too_many_channels(names: Iterable[str], most: int, *, request_id: str | None = None) -> ClientError:
    return ClientError(
        ErrorCode.TOO_MANY_CHANNELS,
        f"A connection may have {most} channels. Not subscribed: {', '.join(names)}.",
        request_id=request_id,
    )


def no_such_stream(name: str, *, request_id: str | None = None) -> ClientError:
    """In the same words whether it exists or not."""
    return ClientError(
        ErrorCode.FORBIDDEN_CHANNEL,
        f"There is no stream {_quoted(name)} that this connection may read.",
        request_id=request_id,
    )


def invalid_heartbeat(stage_seconds: int) -> ClientError:
    return _invalid(
        f"'heartbeat' must be a whole number of seconds from {HEARTBEAT_SECONDS_MIN} to "
        f"{HEARTBEAT_SECONDS_MAX}. This connection has a ping every {stage_seconds} s."
    )


def no_user(request_id: str | None) -> ClientError:
    return _invalid("An inbox is a user's: connect with a token, a ticket or 'user_id'.", request_id)


def _request_id_of(raw: dict[str, Any]) -> str | None:
    request_id = raw.get("request_id")
    usable = isinstance(request_id, str) and len(request_id) <= REQUEST_ID_CHARACTERS
    return request_id if usable else None


def _quoted(name: str) -> str:
    """What a client sent, short enough to repeat."""
    longest = 40
    return repr(name if len(name) <= longest else f"{name[:longest]}…")
