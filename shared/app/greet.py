"""The welcome: the first message of a connection, once."""

from collections.abc import Iterator
from dataclasses import replace

from shared.app import read_streams
from shared.app.delivered import Delivered
from shared.app.fan_out.direct import post_directly, try_once
from shared.app.fan_out.posting import wait_seconds
from shared.app.ports import Ports
from shared.app.ports.history import Claim
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.deliveries import DirectPost, Welcome
from shared.domain.errors import ClientError, ConnectionLost
from shared.domain.lease import Lease
from shared.domain.messages import (
    forbidden_channels,
    invalid_heartbeat,
    too_many_channels,
    unknown_channels,
)
from shared.domain.moments import delay_until
from shared.domain.target import Target
from shared.domain.welcome import welcome


def greet(ports: Ports, greeting: Welcome, lease: Lease) -> Delivered:
    now = ports.clock.now()
    connection_id = greeting.connection_id
    try:
        claimed = ports.greetings.claim(connection_id, now=now, lease=lease)
    except ConnectionLost:
        # It went, or was taken for gone while its handshake went on: then it is there, and hears nothing.
        ports.sender.close([connection_id])
        return Delivered(subject=connection_id, result="gone: closed")
    if claimed.claim is Claim.RUNNING:
        # A duplicate, or an earlier invocation died: known when that one's time is over.
        ports.queue.put(greeting, delay_seconds=delay_until(claimed.lease_until + 1, now))
        return Delivered(subject=connection_id, result="running: put back")
    connection = claimed.connection
    if connection is None:
        return Delivered(subject=connection_id, result="greeted already")
    first = welcome(
        connection,
        greeting.channels,
        now=now,
        heartbeat_seconds=connection.heartbeat_seconds or ports.settings.heartbeat_seconds,
        authentication=ports.settings.auth_mode,
        # After the topics have the connection: what is sent from here on arrives.
        memory=read_streams.of_welcome(ports, connection),
    )
    direct = _direct("welcome", connection, first, attempt=greeting.attempt)
    receipt, left = try_once(ports, direct, lease=lease)
    if left:
        # The whole greeting is tried again, under its claim: so it arrives once.
        ports.greetings.release(connection_id, lease=lease)
        attempt = greeting.attempt + 1
        delay_seconds = wait_seconds(ports, left, attempt)
        ports.queue.put(replace(greeting, attempt=attempt), delay_seconds=delay_seconds)
        return Delivered.directly(connection_id, "not reached: put back", receipt)
    ports.greetings.done(connection_id)
    if receipt.delivered:
        for name, problem in _problems(ports, greeting):
            message = envelope.error(problem, now=now)
            post_directly(ports, _direct(name, connection, message), lease=lease)
    return Delivered.directly(connection_id, "sent", receipt)


def _problems(ports: Ports, greeting: Welcome) -> Iterator[tuple[str, ClientError]]:
    """What of the handshake could not be had, each under a name."""
    if greeting.unknown_channels:
        yield "unknown", unknown_channels(greeting.unknown_channels, ports.catalog)
    if greeting.forbidden_channels:
        yield "forbidden", forbidden_channels(greeting.forbidden_channels)
    if greeting.surplus_channels:
        most = ports.settings.channels_per_connection
        yield "surplus", too_many_channels(greeting.surplus_channels, most)
    if greeting.invalid_heartbeat:
        yield "heartbeat", invalid_heartbeat(ports.settings.heartbeat_seconds)


def _direct(name: str, connection: Connection, message: envelope.Envelope, *, attempt: int = 0) -> DirectPost:
    target = Target(connection.connection_id, connection.connected_at)
    event_id = f"{name}:{connection.connection_id}"
    return DirectPost.to([target], event_id=event_id, message=message.to_json(), attempt=attempt)
