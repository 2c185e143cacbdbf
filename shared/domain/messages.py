"""What clients may say, and how a message that says something else is answered."""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from shared.domain.catalog import Channel
from shared.domain.errors import ClientError, ErrorCode
from shared.domain.limits import (
    CLIENT_MESSAGE_BYTES,
    CLIENT_MESSAGE_DEPTH,
    REQUEST_ID_CHARACTERS,
    TOKEN_CHARACTERS,
)
from shared.domain.nesting import is_text_deeper_than


class _Message(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    request_id: Annotated[str, Field(max_length=REQUEST_ID_CHARACTERS)] | None = None


class Subscribe(_Message):
    action: Literal["subscribe"]
    channel: Annotated[Channel, Field(strict=False)]


class Unsubscribe(_Message):
    action: Literal["unsubscribe"]
    channel: Annotated[Channel, Field(strict=False)]


class ListChannels(_Message):
    action: Literal["list_channels"]


class Ping(_Message):
    action: Literal["ping"]


class Pong(_Message):
    action: Literal["pong"]


class Authenticate(_Message):
    action: Literal["authenticate"]
    token: Annotated[str, Field(min_length=1, max_length=TOKEN_CHARACTERS, repr=False)]


ClientMessage = Subscribe | Unsubscribe | ListChannels | Ping | Pong | Authenticate

_ADAPTER: TypeAdapter[ClientMessage] = TypeAdapter(Annotated[ClientMessage, Field(discriminator="action")])
ACTIONS = ("subscribe", "unsubscribe", "list_channels", "ping", "pong", "authenticate")
CHANNEL_NAMES = tuple(channel.value for channel in Channel)


def parse_message(body: str) -> ClientMessage:
    """Read a client's message. Raises ClientError, with the words to answer."""
    if len(body.encode("utf-8", "surrogatepass")) > CLIENT_MESSAGE_BYTES:
        raise ClientError(
            ErrorCode.MESSAGE_TOO_LARGE, f"The message is over {CLIENT_MESSAGE_BYTES // 1024} KB."
        )
    if is_text_deeper_than(CLIENT_MESSAGE_DEPTH, body):
        raise ClientError(
            ErrorCode.INVALID_MESSAGE, f"The message is nested more than {CLIENT_MESSAGE_DEPTH} levels deep."
        )
    raw = _load(body)
    if not isinstance(raw, dict):
        raise ClientError(
            ErrorCode.INVALID_MESSAGE, 'Send a JSON object such as {"action": "list_channels"}.'
        )
    try:
        return _ADAPTER.validate_python(raw)
    except ValidationError as exc:
        _explain(exc, raw)


def _load(body: str) -> Any:
    try:
        return json.loads(body, parse_constant=_refuse_constant)
    except ValueError as exc:  # also integers beyond Python's digit limit
        raise ClientError(ErrorCode.INVALID_JSON, "The message is not valid JSON.") from exc


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _explain(exc: ValidationError, raw: dict[str, Any]) -> NoReturn:
    request_id = _request_id_of(raw)
    action = raw.get("action")
    if not isinstance(action, str):
        raise ClientError(
            ErrorCode.INVALID_MESSAGE,
            f"'action' must be one of: {', '.join(ACTIONS)}.",
            request_id=request_id,
        ) from exc
    if action not in ACTIONS:
        raise ClientError(
            ErrorCode.UNKNOWN_ACTION,
            f"Unknown action {_quoted(action)}. Known actions: {', '.join(ACTIONS)}.",
            request_id=request_id,
        ) from exc
    channel = raw.get("channel")
    wrong = {error["loc"][-1] for error in exc.errors()}
    if wrong == {"channel"} and isinstance(channel, str):
        raise unknown_channels([channel], request_id=request_id) from exc
    hints = {
        "channel": f"'channel' must be one of: {', '.join(CHANNEL_NAMES)}",
        "token": f"'token' must be a string of 1 to {TOKEN_CHARACTERS} characters",
        "request_id": f"'request_id' must be a string of up to {REQUEST_ID_CHARACTERS} characters",
    }
    said = "; ".join(hints[str(field)] for field in sorted(wrong, key=str))
    raise ClientError(ErrorCode.INVALID_MESSAGE, f"{said}.", request_id=request_id) from exc


def unknown_channels(names: Iterable[str], *, request_id: str | None = None) -> ClientError:
    said = ", ".join(_quoted(name) for name in names)
    return ClientError(
        ErrorCode.UNKNOWN_CHANNEL,
        f"Unknown channel {said}. Known channels: {', '.join(CHANNEL_NAMES)}.",
        request_id=request_id,
    )


def forbidden_channels(names: Iterable[str], *, request_id: str | None = None) -> ClientError:
    said = ", ".join(names)
    return ClientError(
        ErrorCode.FORBIDDEN_CHANNEL,
        f"The token does not allow: {said}.",
        request_id=request_id,
    )


def _request_id_of(raw: dict[str, Any]) -> str | None:
    request_id = raw.get("request_id")
    usable = isinstance(request_id, str) and len(request_id) <= REQUEST_ID_CHARACTERS
    return request_id if usable else None


def _quoted(name: str) -> str:
    """What a client sent, short enough to repeat."""
    longest = 40
    return repr(name if len(name) <= longest else f"{name[:longest]}…")
