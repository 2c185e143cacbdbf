"""Credentials: tokens whose signature always holds, one-time tickets, and their end."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from simulation.gateway import Connection
from simulation.plan import CHANNELS

if TYPE_CHECKING:
    from simulation.clients import Client
    from simulation.world import World

TICKET_SECONDS = 60
# Longer than a connection can be.
LONG_SECONDS = 3 * 60 * 60


@dataclass(slots=True)
class Ticket:
    user: str
    issued_at: float
    uses: int = 0
    accepted: int = 0
    revoked: bool = False


class Refusal(NamedTuple):
    who: str
    status: int
    ticket: bool
    was_good: bool


class Access:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.tickets: dict[str, Ticket] = {}
        self.refusals: list[Refusal] = []
        self.revoked: list[tuple[int, str, float]] = []
        """(number of the step, user, when)."""
        self.on = world.plan.settings.get("auth_mode") == "jwt"

    def credential(self, client: "Client", about: str) -> dict[str, str]:
        """What a client connects with: a token of its own, or a ticket that a backend gave it."""
        if not self.on or client.user is None:
            return {}
        if self.world.chance.happens(0.4, f"ticket {about}"):
            return {"ticket": self._issue(client.user, about)}
        return {"token": self.token(client.user, about)}

    def token(self, user: str, about: str, without: str | None = None) -> str:
        """`without`: it grants all channels but this one. Else it says nothing of channels."""
        now = self.world.hub.now
        short = self.world.chance.one_of((70, 150, LONG_SECONDS, LONG_SECONDS), f"token {about}")
        seconds = LONG_SECONDS if self.world.course.quietening else short
        claims = {"iss": "https://issuer.test/", "aud": "tidings", "sub": user, "iat": int(now)}
        granted = {"channels": [channel for channel in CHANNELS if channel != without]} if without else {}
        return json.dumps({**claims, **granted, "exp": int(now) + seconds})

    def used(self, credential: Mapping[str, str]) -> None:
        ticket = self.tickets.get(credential.get("ticket", ""))
        if ticket is not None:
            ticket.uses += 1

    def accepted(self, connection: Connection, credential: Mapping[str, str]) -> None:
        if "token" in credential:
            claims = json.loads(credential["token"])
            connection.issued_at, connection.valid_until = claims["iat"], claims["exp"]
        ticket = self.tickets.get(credential.get("ticket", ""))
        if ticket is not None:
            ticket.accepted += 1
            connection.issued_at = ticket.issued_at

    def renews(self, connection: Connection, token: str) -> None:
        """Until the answer comes it may last as long as either token does."""
        claims = json.loads(token)
        connection.issued_at = max(connection.issued_at or 0.0, claims["iat"])
        if connection.valid_until is not None:
            connection.lapses.append([connection.valid_until, math.inf])
            connection.valid_until = max(connection.valid_until, claims["exp"])

    def renewed(self, connection: Connection, token: str) -> None:
        """The answer came: it lasts as long as this token."""
        connection.valid_until = json.loads(token)["exp"]
        for lapse in connection.lapses:
            lapse[1] = min(lapse[1], self.world.hub.now)

    def was_refused(self, who: str, status: int, credential: Mapping[str, str]) -> None:
        """Noted with whether the credential was good at this moment."""
        ticket = self.tickets.get(credential.get("ticket", ""))
        if ticket is not None:
            was_good = ticket.uses == 1 and not ticket.revoked
        elif "token" in credential:
            was_good = self._is_good(credential["token"])
        else:
            return
        self.refusals.append(Refusal(who, status, ticket is not None, was_good))

    def _is_good(self, token: str) -> bool:
        claims = json.loads(token)
        revoked = any(user == claims["sub"] and claims["iat"] <= int(at) for _, user, at in self.revoked)
        return claims["exp"] > self.world.hub.now and not revoked

    def revoke(self, number: int, user: str) -> None:
        now = self.world.hub.now
        self.revoked.append((number, user, now))
        for ticket in self.tickets.values():
            if ticket.user == user:
                ticket.revoked = True
        detail = {"data": {"n": number}, "id": f"e{number}", "user_id": user}
        self.world.producers.put("user.revoked", detail, key=f"e{number}")

    def _issue(self, user: str, about: str) -> str:
        """As `tidings.tickets` writes it."""
        now = self.world.hub.now
        name = f"ticket-{about}"
        self.tickets[name] = Ticket(user, now)
        self.world.storage.memory.put_item(
            TableName="access",
            Item={
                "access_key": {"S": f"ticket#{hashlib.sha256(name.encode()).hexdigest()}"},
                "user_id": {"S": user},
                "issued_at": {"N": str(now)},
                "expires_at": {"N": str(int(now) + TICKET_SECONDS)},
            },
        )
        return name


class TrustingTokens:
    """The Tokens port: a token is its claims, and its signature holds."""

    def claims(self, token: str, *, now: float) -> Mapping[str, Any]:  # noqa: ARG002  part of the port
        claims: Mapping[str, Any] = json.loads(token)
        return claims
