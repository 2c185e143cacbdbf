"""Access: a good credential lets in, a ticket once, and what has ended lets nobody stay."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from simulation.invariants.questions import kept_ids

if TYPE_CHECKING:
    from simulation.world import World

UNAUTHORIZED = 401


def ticket_works(world: "World") -> Iterator[str]:
    """A fresh ticket lets in whoever brings it first."""
    for refusal in world.access.refusals:
        if refusal.status == UNAUTHORIZED and refusal.ticket and refusal.was_good:
            yield f"{refusal.who} was refused with a good ticket"


def ticket_once(world: "World") -> Iterator[str]:
    """A ticket lets in once."""
    for name, ticket in world.access.tickets.items():
        if ticket.accepted > 1:
            yield f"ticket {name} let in {ticket.accepted} times"


def token_works(world: "World") -> Iterator[str]:
    """A token that is good lets in."""
    for refusal in world.access.refusals:
        if refusal.status == UNAUTHORIZED and not refusal.ticket and refusal.was_good:
            yield f"{refusal.who} was refused with a good token"


def expired_are_cut(world: "World") -> Iterator[str]:
    """No connection outlives its token."""
    kept = kept_ids(world)
    for connection in world.gateway.connections.values():
        until = connection.valid_until
        if connection.forgotten_at is None and connection.connection_id not in kept:
            if connection.alive and until is not None and until < world.hub.now - 60:
                yield f"{connection.connection_id} is open {world.hub.now - until:.0f} s after its token's end"


def revoked_are_cut(world: "World") -> Iterator[str]:
    """No connection outlives the revocation of its credential."""
    kept = kept_ids(world)
    for connection in world.gateway.connections.values():
        for number, user, at in world.access.revoked:
            if (
                connection.alive
                and connection.forgotten_at is None
                and connection.user == user
                and connection.issued_at is not None
                and connection.issued_at < int(at)
                and connection.connection_id not in kept
                and f"e{number}" not in kept
            ):
                yield f"{connection.connection_id} is open after e{number} revoked {user}"
