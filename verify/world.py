"""What a check works with: users of this run's own, clients, the bus, and a count of all that was asked."""

import asyncio
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from tidings.tickets import TicketOffice
from verify.check import Broken
from verify.client import PATIENCE_SECONDS, Client
from verify.place import Place
from verify.rejected import Rejected


@dataclass
class Counts:
    """What API Gateway and the bus will charge for."""

    connections: int = 0
    connected_seconds: float = 0.0
    messages_in: int = 0
    messages_out: int = 0
    events: int = 0


@dataclass
class World:
    place: Place
    authenticates: bool
    source: str
    token: str | None = None
    """A good one, of somebody made for the purpose."""
    origin: str | None = None
    run_id: str = field(default_factory=lambda: f"verify-{secrets.token_hex(4)}")
    counts: Counts = field(default_factory=Counts)
    figures: dict[str, list[float]] = field(default_factory=dict)
    """Measured seconds, by what they are of."""
    answers: dict[str, str] = field(default_factory=dict)
    """To questions that AWS's documentation leaves open."""
    users: list[str] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)
    tickets: list[str] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @cached_property
    def rejected(self) -> Rejected:
        return Rejected(self.place.stage, self.run_id)

    @cached_property
    def posts(self) -> Any:
        return self.place.posts()

    def user(self) -> str:
        """A user nobody else is."""
        name = f"{self.run_id}-u{next(self._numbers)}"
        self.users.append(name)
        return name

    def number(self) -> int:
        """For a `job_id` that nobody else has."""
        return int(self.run_id.rpartition("-")[2], 16) * 1_000 + next(self._numbers)

    def event_id(self) -> str:
        return f"{self.run_id}-e{next(self._numbers)}"

    def moment(self, seconds: float) -> str:
        """So many seconds from now by the stage's clock, to the millisecond."""
        at = datetime.fromtimestamp(self.place.now() + seconds, UTC)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def measured(self, what: str, seconds: float) -> None:
        self.figures.setdefault(what, []).append(seconds)

    async def ticket(self, user_id: str, *, age_seconds: float = 0.0, **terms: Any) -> str:
        stage = self.place.stage
        office = TicketOffice(
            stage.dynamodb, table=stage.tables["Access"], now=lambda: self.place.now() - age_seconds
        )
        ticket = await asyncio.to_thread(lambda: office.issue(user_id, **terms))
        self.tickets.append(ticket)
        return ticket

    @asynccontextmanager
    async def client(
        self, user_id: str | None = None, channels: str | None = None, **query: str
    ) -> AsyncIterator[Client]:
        """Connected and welcomed; where the stage authenticates, by a ticket. Raises Broken."""
        asked = dict(query)
        if self.authenticates:
            user_id = user_id or self.user()
            asked["ticket"] = await self.ticket(user_id)
        elif user_id is not None:
            asked["user_id"] = user_id
        if channels is not None:
            asked["channels"] = channels
        async with self.attempt(asked, user_id=user_id) as client:
            await client.until(lambda one: one["type"] == "system.connected", "no welcome")
            yield client

    @asynccontextmanager
    async def attempt(
        self,
        query: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: tuple[str, ...] = (),
        user_id: str | None = None,
    ) -> AsyncIterator[Client]:
        """Connected. Raises InvalidStatus where the handshake is refused."""
        address = self.place.address + (f"?{urlencode(query)}" if query else "")
        origin = {"Origin": self.origin} if self.origin else {}
        async with AsyncExitStack() as stack:
            socket = await stack.enter_async_context(
                connect(
                    address,
                    additional_headers={**origin, **(headers or {})},
                    subprotocols=[Subprotocol(one) for one in subprotocols] or None,
                    ping_interval=None,
                    open_timeout=PATIENCE_SECONDS,
                )
            )
            began = time.monotonic()
            self.counts.connections += 1
            client = Client(socket, user_id)
            reader = asyncio.create_task(client.read())
            try:
                yield client
            finally:
                await socket.close()
                await reader
                self.counts.connected_seconds += time.monotonic() - began
                self.counts.messages_in += client.sent
                self.counts.messages_out += len(client.messages)

    async def refused(
        self,
        query: Mapping[str, str],
        *,
        headers: Mapping[str, str] | None = None,
        subprotocols: tuple[str, ...] = (),
    ) -> int:
        """The status of a handshake that must be refused. Raises Broken when it is not."""
        try:
            async with self.attempt(query, headers=headers, subprotocols=subprotocols):
                pass
        except InvalidStatus as refused:
            return refused.response.status_code
        except InvalidHandshake as other:
            raise Broken(f"the handshake ended with {other}") from other
        raise Broken("was let in")

    async def put(
        self, event_type: str, data: Mapping[str, Any], *, user_id: str | None = None, **detail: Any
    ) -> str:
        """Put an event on the bus as a producer does; returns its id. Raises Broken."""
        event_id = str(detail.setdefault("id", self.event_id()))
        await self.put_raw(event_type, self.detail(data, user_id=user_id, **detail))
        self.event_ids.append(event_id)
        return event_id

    @staticmethod
    def detail(data: Mapping[str, Any], *, user_id: str | None = None, **more: Any) -> str:
        return json.dumps({"data": data, **more} | ({} if user_id is None else {"user_id": user_id}))

    async def put_raw(self, event_type: str, detail: str) -> str:
        """Returns EventBridge's id. Raises Broken."""
        stage = self.place.stage
        entry = {
            "EventBusName": stage.bus,
            "Source": self.source,
            "DetailType": event_type,
            "Detail": detail,
        }
        self.counts.events += 1
        answer = await asyncio.to_thread(stage.events.put_events, Entries=[entry])
        if answer["FailedEntryCount"]:
            raise Broken(f"the bus refused: {answer['Entries'][0].get('ErrorMessage')}")
        return str(answer["Entries"][0]["EventId"])
