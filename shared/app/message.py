"""$default: carry out a client's message and answer it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.app.inbox import AnswerInbox
from shared.app.ports.admission import Admission, Admitted, Membership
from shared.app.ports.clock import Clock
from shared.app.ports.queue import Queue
from shared.app.ports.subscribers import Subscribers
from shared.app.rate_memory import Condemned, PongAllowance
from shared.app.read_streams import ReadStreams
from shared.app.renew import Renew
from shared.app.welcome_first import is_young
from shared.domain import envelope, messages
from shared.domain.deliveries import Close, DirectPost
from shared.domain.envelope import Envelope, reply
from shared.domain.errors import ClientError, ConnectionLost, ErrorCode
from shared.domain.grants import why_not
from shared.domain.messages import ClientMessage, forbidden_channels, parse_message, too_many_channels
from shared.domain.rate import RateLimit
from shared.domain.target import Target
from shared.observability import logger
from tidings.catalog import Catalog


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    admission: Admission
    subscribers: Subscribers
    queue: Queue
    clock: Clock
    limit: RateLimit
    pongs: PongAllowance
    condemned: Condemned
    renew: Renew
    inbox: AnswerInbox
    read_streams: ReadStreams
    catalog: Catalog
    channels_per_connection: int

    def __call__(self, connection_id: str, body: str) -> Envelope | None:
        """The answer to give now. None where the contract has none, or where it waits for the welcome."""
        now = self.clock.now()
        try:
            return self._answer(connection_id, body, now)
        except ClientError as problem:
            return envelope.error(problem, now=now)
        except ConnectionLost:
            # A row removed too early, or expired: connecting again puts it right, so the connection ends.
            self.queue.put(Close(connection_id=connection_id))
            lost = ClientError(
                ErrorCode.INTERNAL_ERROR, "This connection is no longer registered. Please connect again."
            )
            return envelope.error(lost, now=now)

    def _answer(self, connection_id: str, body: str, now: float) -> Envelope | None:
        if self.condemned.has(connection_id, now):
            raise ClientError(
                ErrorCode.RATE_LIMITED,
                "This connection is being closed: it went on after being told to wait.",
                retry_after_seconds=round(self.condemned.seconds),
            )
        message = self._parsed(body)
        is_pong = isinstance(message, ClientMessage) and message.action == messages.PONG
        if is_pong and self.pongs.allows(connection_id, now):
            if self.pongs.leaves_a_trace(connection_id, now):
                self.admission.seen(connection_id, now=now)
            return None
        change = None if isinstance(message, ClientError) else _membership(message)
        admitted = self.admission.admit(connection_id, now=now, limit=self.limit, change=change)
        try:
            answer = self._admitted(message, admitted, now)
        except ClientError as problem:
            answer = envelope.error(problem, now=now)
        return self._after_welcome(answer, admitted, now)

    def _parsed(self, body: str) -> ClientMessage | ClientError:
        """What cannot be read counts against the rate like any message: its error is raised later."""
        try:
            return parse_message(body, self.catalog)
        except ClientError as problem:
            return problem

    def _admitted(
        self, message: ClientMessage | ClientError, admitted: Admitted, now: float
    ) -> Envelope | None:
        """Raises ClientError."""
        if admitted.retry_after_seconds is not None:
            raise self._over_rate(message, admitted, admitted.retry_after_seconds, now)
        if isinstance(message, ClientError):
            raise message
        return self._carry_out(message, admitted, now)

    def _after_welcome(self, answer: Envelope | None, admitted: Admitted, now: float) -> Envelope | None:
        """The answer, or None when it must wait for the welcome: then the publisher posts it."""
        one = admitted.connection
        if answer is None or admitted.greeted or not is_young(one.connected_at, now=now):
            return answer
        target = Target(one.connection_id, one.connected_at)
        event_id = f"answer:{one.connection_id}"
        self.queue.put(DirectPost.to([target], event_id=event_id, message=answer.to_json()))
        return None

    def _over_rate(
        self, message: ClientMessage | ClientError, admitted: Admitted, retry_after_seconds: int, now: float
    ) -> ClientError:
        if admitted.strikes >= self.limit.strikes:
            connection_id = admitted.connection.connection_id
            self.queue.put(Close(connection_id=connection_id))
            self.condemned.add(connection_id, now)
        return ClientError(
            ErrorCode.RATE_LIMITED,
            f"Over {self.limit.messages} messages in {self.limit.window_seconds:g} s. "
            f"Wait {retry_after_seconds} s; going on closes the connection.",
            request_id=message.request_id if isinstance(message, ClientMessage) else None,
            retry_after_seconds=retry_after_seconds,
        )

    def _carry_out(self, message: ClientMessage, admitted: Admitted, now: float) -> Envelope | None:
        connection = admitted.connection
        if message.action == messages.AUTHENTICATE:
            return self.renew(admitted, message, now=now)
        if connection.valid_until is not None and now >= connection.valid_until:
            # Its end is on the way already; this is for when it comes late.
            self.queue.put(Close(connection_id=connection.connection_id))
            raise ClientError(
                ErrorCode.TOKEN_EXPIRED, "The token has expired.", request_id=message.request_id
            )
        return self._by_action[message.action](message, admitted, now)

    @property
    def _by_action(self) -> Mapping[str, Callable[[ClientMessage, Admitted, float], Envelope | None]]:
        return {
            messages.SUBSCRIBE: self._subscribe,
            messages.UNSUBSCRIBE: self._unsubscribe,
            messages.LIST_CHANNELS: self._list,
            messages.PING: lambda message, _, now: _reply(envelope.PONG, {}, message, now),
            messages.PONG: lambda _message, _admitted, _now: None,
            messages.HISTORY: self._history,
            messages.INBOX: self.inbox.page,
            messages.SEEN: self.inbox.see,
        }

    def _subscribe(self, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
        channel, request_id = message.channel, message.request_id
        connection, most = admitted.connection, self.channels_per_connection
        if (because := why_not(connection, channel, self.catalog)) is not None:
            logger.warning("channel refused", channel=channel, because=because)
            raise forbidden_channels([channel], request_id=request_id)
        if channel not in connection.channels and len(connection.channels) >= most:
            raise too_many_channels([channel], most, request_id=request_id)
        if not self.admission.add_to_topic(connection, channel, version=admitted.version):
            raise ClientError(
                ErrorCode.INTERNAL_ERROR,
                f"The subscription to {channel} was undone by a later message of this connection.",
                request_id=request_id,
            )
        data: dict[str, Any] = {
            "channel": channel,
            "subscriber_count": self.subscribers.count(channel, now=now),
            # After the topic has the connection: what is sent from here on arrives.
            "streams": self.read_streams.positions([channel], admitted.connection.user_id),
        }
        return _reply(envelope.SUBSCRIBED, data, message, now)

    def _unsubscribe(self, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
        channel = message.channel
        self.admission.remove_from_topic(admitted.connection, channel, version=admitted.version)
        return _reply(envelope.UNSUBSCRIBED, {"channel": channel}, message, now)

    def _list(self, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
        channels = {"channels": self.catalog.listed(admitted.connection.channels)}
        return _reply(envelope.CHANNELS, channels, message, now)

    def _history(self, message: ClientMessage, admitted: Admitted, now: float) -> Envelope:
        told = self.read_streams.history(message, admitted.connection)
        return _reply(envelope.HISTORY, told, message, now)


def _reply(type_: str, data: Mapping[str, Any], message: ClientMessage, now: float) -> Envelope:
    return reply(type_, data, now=now, request_id=message.request_id)


def _membership(message: ClientMessage) -> Membership | None:
    if not message.channel:
        return None
    joins = message.action == messages.SUBSCRIBE
    return Membership(join=message.channel) if joins else Membership(leave=message.channel)
