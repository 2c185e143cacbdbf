"""The welcome: the first message of a connection, once."""

from dataclasses import dataclass, replace

from shared.app.delivered import Delivered
from shared.app.fan_out.direct import PostDirectly
from shared.app.ports.clock import Clock
from shared.app.ports.greetings import Greetings
from shared.app.ports.history import Claim
from shared.app.ports.queue import Queue
from shared.app.read_streams import ReadStreams
from shared.domain import envelope
from shared.domain.connection import Connection
from shared.domain.deliveries import DirectPost, Welcome
from shared.domain.errors import ConnectionLost
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
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Greet:
    greetings: Greetings
    post: PostDirectly
    queue: Queue
    clock: Clock
    heartbeat_seconds: int
    authentication: str
    catalog: Catalog
    channels_per_connection: int
    read_streams: ReadStreams

    def __call__(self, greeting: Welcome, lease: Lease) -> Delivered:
        now = self.clock.now()
        connection_id = greeting.connection_id
        try:
            claimed = self.greetings.claim(connection_id, now=now, lease=lease)
        except ConnectionLost:
            # It went, or was taken for gone while its handshake went on: then it is there, and hears nothing.
            self.post.posts.sender.close([connection_id])
            return Delivered(subject=connection_id, result="gone: closed")
        if claimed.claim is Claim.RUNNING:
            # A duplicate, or an earlier invocation died: known when that one's time is over.
            self.queue.put(greeting, delay_seconds=delay_until(claimed.lease_until + 1, now))
            return Delivered(subject=connection_id, result="running: put back")
        connection = claimed.connection
        if connection is None:
            return Delivered(subject=connection_id, result="greeted already")
        first = welcome(
            connection,
            greeting.channels,
            now=now,
            heartbeat_seconds=connection.heartbeat_seconds or self.heartbeat_seconds,
            authentication=self.authentication,
            # After the topics have the connection: what is sent from here on arrives.
            memory=self.read_streams.of_welcome(connection),
        )
        direct = _direct("welcome", connection, first, attempt=greeting.attempt)
        receipt, left = self.post.try_once(direct, lease=lease)
        if left:
            # The whole greeting is tried again, under its claim: so it arrives once.
            self.greetings.release(connection_id, lease=lease)
            attempt = greeting.attempt + 1
            delay_seconds = self.post.posts.wait_seconds(left, attempt)
            self.queue.put(replace(greeting, attempt=attempt), delay_seconds=delay_seconds)
            return Delivered.directly(connection_id, "not reached: put back", receipt)
        self.greetings.done(connection_id)
        if greeting.unknown_channels and receipt.delivered:
            problem = envelope.error(unknown_channels(greeting.unknown_channels, self.catalog), now=now)
            self._post("unknown", connection, problem, lease)
        if greeting.forbidden_channels and receipt.delivered:
            problem = envelope.error(forbidden_channels(greeting.forbidden_channels), now=now)
            self._post("forbidden", connection, problem, lease)
        if greeting.surplus_channels and receipt.delivered:
            surplus = too_many_channels(greeting.surplus_channels, self.channels_per_connection)
            self._post("surplus", connection, envelope.error(surplus, now=now), lease)
        if greeting.invalid_heartbeat and receipt.delivered:
            problem = envelope.error(invalid_heartbeat(self.heartbeat_seconds), now=now)
            self._post("heartbeat", connection, problem, lease)
        return Delivered.directly(connection_id, "sent", receipt)

    def _post(self, name: str, connection: Connection, message: envelope.Envelope, lease: Lease) -> None:
        self.post(_direct(name, connection, message), lease=lease)


def _direct(name: str, connection: Connection, message: envelope.Envelope, *, attempt: int = 0) -> DirectPost:
    target = Target(connection.connection_id, connection.connected_at)
    event_id = f"{name}:{connection.connection_id}"
    return DirectPost.to([target], event_id=event_id, message=message.to_json(), attempt=attempt)
