"""$default: carry out a client's message and answer it."""

from collections.abc import Callable, Mapping
from typing import Any

from shared.app import inbox, read_streams
from shared.app.ports import Ports
from shared.app.ports.admission import Admitted
from shared.app.renew import renew
from shared.app.welcome_first import is_young
from shared.domain import envelope, messages
from shared.domain.deliveries import Close, DirectPost
from shared.domain.envelope import Envelope, reply
from shared.domain.errors import ClientError, ConnectionLost, ErrorCode
from shared.domain.grants import why_not
from shared.domain.heartbeats import pong_leaves_a_trace
from shared.domain.limits import RATE_MESSAGES, RATE_STRIKES, RATE_WINDOW_SECONDS
from shared.domain.messages import ClientMessage, forbidden_channels, parse_message, too_many_channels
from shared.domain.rate_memory import CONDEMNED_SECONDS
from shared.domain.target import Target
from shared.observability import logger


def answer_message(ports: Ports, connection_id: str, body: str) -> Envelope | None:
    """The answer to give now. None where the contract has none, or where it waits for the welcome."""
    now = ports.clock.now()
    try:
        return _answer(ports, connection_id, body, now)
    except ClientError as problem:
        return envelope.error(problem, now=now)
    except ConnectionLost:
        # A row removed too early, or expired: connecting again puts it right, so the connection ends.
        ports.queue.put(Close(connection_id=connection_id))
        lost = ClientError(
            ErrorCode.INTERNAL_ERROR, "This connection is no longer registered. Please connect again."
        )
        return envelope.error(lost, now=now)


def _answer(ports: Ports, connection_id: str, body: str, now: float) -> Envelope | None:
    if ports.rate_memory.is_condemned(connection_id, now):
        raise ClientError(
            ErrorCode.RATE_LIMITED,
            "This connection is being closed: it went on after being told to wait.",
            retry_after_seconds=round(CONDEMNED_SECONDS),
        )
    message = _parsed(ports, body)
    is_pong = isinstance(message, ClientMessage) and message.action == messages.PONG
    heartbeat_seconds = ports.settings.heartbeat_seconds
    if is_pong and ports.rate_memory.allows_pong(connection_id, now, heartbeat_seconds=heartbeat_seconds):
        # One in several is written down, which needs no memory.
        if pong_leaves_a_trace(connection_id, now=now, heartbeat_seconds=heartbeat_seconds):
            ports.admission.seen(connection_id, now=now)
        return None
    change = {} if isinstance(message, ClientError) else _change(message)
    admitted = ports.admission.admit(connection_id, now=now, **change)
    try:
        answer = _admitted(ports, message, admitted, now)
    except ClientError as problem:
        answer = envelope.error(problem, now=now)
    return _after_welcome(ports, answer, admitted, now)


def _parsed(ports: Ports, body: str) -> ClientMessage | ClientError:
    """What cannot be read counts against the rate like any message: its error is raised later."""
    try:
        return parse_message(body, ports.catalog)
    except ClientError as problem:
        return problem


def _admitted(
    ports: Ports, message: ClientMessage | ClientError, admitted: Admitted, now: float
) -> Envelope | None:
    """Raises ClientError."""
    if admitted.retry_after_seconds is not None:
        raise _over_rate(ports, message, admitted, admitted.retry_after_seconds, now)
    if isinstance(message, ClientError):
        raise message
    return _carry_out(ports, message, admitted, now)


def _after_welcome(ports: Ports, answer: Envelope | None, admitted: Admitted, now: float) -> Envelope | None:
    """The answer, or None when it must wait for the welcome: then the publisher posts it."""
    one = admitted.connection
    if answer is None or admitted.greeted or not is_young(one.connected_at, now=now):
        return answer
    target = Target(one.connection_id, one.connected_at)
    event_id = f"answer:{one.connection_id}"
    ports.queue.put(DirectPost.to([target], event_id=event_id, message=answer.to_json()))
    return None


def _over_rate(
    ports: Ports,
    message: ClientMessage | ClientError,
    admitted: Admitted,
    retry_after_seconds: int,
    now: float,
) -> ClientError:
    if admitted.strikes >= RATE_STRIKES:
        connection_id = admitted.connection.connection_id
        ports.queue.put(Close(connection_id=connection_id))
        ports.rate_memory.condemn(connection_id, now)
    return ClientError(
        ErrorCode.RATE_LIMITED,
        f"Over {RATE_MESSAGES} messages in {RATE_WINDOW_SECONDS:g} s. "
        f"Wait {retry_after_seconds} s; going on closes the connection.",
        request_id=message.request_id if isinstance(message, ClientMessage) else None,
        retry_after_seconds=retry_after_seconds,
    )


def _carry_out(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope | None:
    connection = admitted.connection
    if message.action == messages.AUTHENTICATE:
        return renew(ports, admitted, message, now=now)
    if connection.valid_until is not None and now >= connection.valid_until:
        # Its end is on the way already; this is for when it comes late.
        ports.queue.put(Close(connection_id=connection.connection_id))
        raise ClientError(ErrorCode.TOKEN_EXPIRED, "The token has expired.", request_id=message.request_id)
    return _BY_ACTION[message.action](ports, message, admitted, now)


def _subscribe(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
    channel, request_id = message.channel, message.request_id
    connection, most = admitted.connection, ports.settings.channels_per_connection
    if (because := why_not(connection, channel, ports.catalog)) is not None:
        logger.warning("channel refused", channel=channel, because=because)
        raise forbidden_channels([channel], request_id=request_id)
    if channel not in connection.channels and len(connection.channels) >= most:
        raise too_many_channels([channel], most, request_id=request_id)
    if not ports.admission.add_to_topic(connection, channel, version=admitted.version):
        raise ClientError(
            ErrorCode.INTERNAL_ERROR,
            f"The subscription to {channel} was undone by a later message of this connection.",
            request_id=request_id,
        )
    data: dict[str, Any] = {
        "channel": channel,
        "subscriber_count": ports.subscribers.count(channel, now=now),
        # After the topic has the connection: what is sent from here on arrives.
        "streams": read_streams.positions(ports, [channel], admitted.connection.user_id),
    }
    return _reply(envelope.SUBSCRIBED, data, message, now)


def _unsubscribe(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
    channel = message.channel
    ports.admission.remove_from_topic(admitted.connection, channel, version=admitted.version)
    return _reply(envelope.UNSUBSCRIBED, {"channel": channel}, message, now)


def _list(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
    channels = {"channels": ports.catalog.listed(admitted.connection.channels)}
    return _reply(envelope.CHANNELS, channels, message, now)


def _history(ports: Ports, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
    told = read_streams.history(ports, message, admitted.connection)
    return _reply(envelope.HISTORY, told, message, now)


def _reply(type_: str, data: Mapping[str, Any], message: ClientMessage, now: float) -> Envelope:
    return reply(type_, data, now=now, request_id=message.request_id)


_BY_ACTION: Mapping[str, Callable[[Ports, ClientMessage, Admitted, float], Envelope | None]] = {
    messages.SUBSCRIBE: _subscribe,
    messages.UNSUBSCRIBE: _unsubscribe,
    messages.LIST_CHANNELS: _list,
    messages.PING: lambda _ports, message, _admitted, now: _reply(envelope.PONG, {}, message, now),
    messages.PONG: lambda _ports, _message, _admitted, _now: None,
    messages.HISTORY: _history,
    messages.INBOX: inbox.page,
    messages.SEEN: inbox.see,
}


def _change(message: ClientMessage) -> dict[str, str]:
    """What admitting a message changes of the connection's channels."""
    if not message.channel:
        return {}
    return {"join" if message.action == messages.SUBSCRIBE else "leave": message.channel}
