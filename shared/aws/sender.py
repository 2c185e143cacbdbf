"""The management API: one message to many connections over kept-alive connections, from one thread.

Why not boto3: its post costs 40 times the CPU. docs/decisions/0050-own-sender.md
"""

import os
import ssl
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import SplitResult

from botocore.httpsession import DEFAULT_CA_BUNDLE

from shared.app.ports.clock import Clock
from shared.app.ports.sender import Posted
from shared.aws.http_pool import HttpPool
from shared.aws.identity import Identity
from shared.aws.signing import SignedRequests, endpoint_of
from shared.domain.target import Outcome

POSTS_IN_FLIGHT = 128
CONNECT_SECONDS = 1.0
POST_SECONDS = 3.0
# A signature is good for five minutes; credentials are looked at as often, and rotate minutes ahead.
SIGNED_SECONDS = 30.0
# How long to listen before the source of targets, that had none just now, is asked again.
_LISTEN_SECONDS = 0.005

_CLOSED = (Outcome.DELIVERED, Outcome.GONE)
_END = ""  # no connection has this id


@dataclass(slots=True, kw_only=True)
class ManagementApiSender:
    """Connects and reads credentials at first use: what a SnapStart snapshot held would be stale.

    Only the list of authorities is read when it is made, since that takes long and never goes stale.
    """

    endpoint_url: str
    identity: Identity
    clock: Clock
    posts_in_flight: int = POSTS_IN_FLIGHT
    connect_seconds: float = CONNECT_SECONDS
    post_seconds: float = POST_SECONDS
    ca_bundle: str | None = None
    _endpoint: SplitResult = field(init=False)
    _tls: ssl.SSLContext | None = field(default=None, init=False)
    _links: HttpPool | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._endpoint = endpoint_of(self.endpoint_url)
        if self._endpoint.scheme == "https":
            # The authorities that boto3 trusts, with the variable that boto3 reads.
            bundle = self.ca_bundle or os.environ.get("AWS_CA_BUNDLE") or DEFAULT_CA_BUNDLE
            self._tls = ssl.create_default_context(cafile=bundle)

    def post(self, message: bytes, connection_ids: Iterable[str | None]) -> Iterator[Posted]:
        return self._exchange("POST", message, connection_ids)

    def close(self, connection_ids: Iterable[str]) -> Sequence[str]:
        answers = self._exchange("DELETE", b"", connection_ids)
        return [answer.connection_id for answer in answers if answer.outcome not in _CLOSED]

    def disconnect(self) -> None:
        """Let go of the connections; the next post opens new ones."""
        if self._links is not None:
            self._links.close()
            self._links = None

    def _exchange(self, method: str, body: bytes, targets: Iterable[str | None]) -> Iterator[Posted]:
        links = self._links = self._links or self._connected()
        links.wake()
        signed = self._signed(method, body)
        source = iter(targets)
        more = True
        try:
            while more or links.busy():
                pause = False
                while more and not pause and links.room():
                    target = next(source, _END)
                    if target is None:
                        pause = True
                    elif target is _END:
                        more = False
                    else:
                        if self.clock.now() - signed.now > SIGNED_SECONDS:
                            signed = self._signed(method, body)
                        answer = links.ask(target, signed.to(target))
                        if answer is not None:
                            yield answer
                yield from links.wait(_LISTEN_SECONDS if pause else self.post_seconds)
        finally:
            links.abandon()

    def _signed(self, method: str, body: bytes) -> SignedRequests:
        return SignedRequests(
            self._endpoint,
            self.identity.region,
            self.identity.credentials(),
            self.clock.now(),
            method,
            body,
        )

    def _connected(self) -> HttpPool:
        return HttpPool(
            endpoint=self._endpoint,
            tls=self._tls,
            at_most=self.posts_in_flight,
            connect_seconds=self.connect_seconds,
            answer_seconds=self.post_seconds,
        )
