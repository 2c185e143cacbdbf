"""Who is connecting: said by the URL where authentication is off, by a token or a ticket where it is on."""

from dataclasses import dataclass
from typing import Protocol

from shared.app.ports.revocations import Revocations
from shared.app.ports.tickets import TicketHolder, Tickets
from shared.app.ports.tokens import Tokens
from shared.domain.errors import AccessRefused, Refusal
from shared.domain.handshake import Handshake, Ticket
from shared.domain.identity import ClaimsPolicy, Identity, grants_of, identity_of, is_user_id
from shared.domain.limits import TOKEN_CHARACTERS


class Authenticate(Protocol):
    """The one decision that AUTH_MODE makes."""

    @property
    def mode(self) -> str: ...

    def __call__(self, handshake: Handshake, *, now: float) -> Identity:
        """Raises AccessRefused."""

    def by_token(self, token: str, *, now: float) -> Identity:
        """Raises AccessRefused."""

    def confirm(self, identity: Identity) -> None:
        """Raises AccessRefused when the user was revoked since the credential was issued."""


@dataclass(frozen=True, slots=True)
class TrustUrl:
    """AUTH_MODE=none: the guide's way, for a developer's machine and stages without secrets."""

    mode: str = "none"

    def __call__(self, handshake: Handshake, *, now: float) -> Identity:  # noqa: ARG002  part of the interface
        user_id = handshake.parameter("user_id")
        if user_id is not None and not is_user_id(user_id):
            raise AccessRefused(Refusal.USER_ID)
        return Identity(user_id=user_id, verified=False)

    def by_token(self, token: str, *, now: float) -> Identity:  # noqa: ARG002  part of the interface
        return Identity(user_id=None, verified=False)

    def confirm(self, identity: Identity) -> None:
        pass


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyCredential:
    """AUTH_MODE=jwt."""

    tokens: Tokens
    tickets: Tickets
    revocations: Revocations
    policy: ClaimsPolicy
    mode: str = "jwt"

    def __call__(self, handshake: Handshake, *, now: float) -> Identity:
        credential = handshake.credential()
        if credential is None:
            raise AccessRefused(Refusal.NO_CREDENTIAL)
        if isinstance(credential, Ticket):
            identity = self._by_ticket(credential.text, handshake.origins, now=now)
        else:
            identity = self.by_token(credential.text, now=now)
        if any(asked and asked != identity.user_id for asked in handshake.query.get("user_id", ())):
            raise AccessRefused(Refusal.OTHER_USER)
        return identity

    def by_token(self, token: str, *, now: float) -> Identity:
        if len(token) > TOKEN_CHARACTERS:
            raise AccessRefused(Refusal.TOO_LARGE)
        return identity_of(self.tokens.claims(token, now=now), self.policy, now=now)

    def confirm(self, identity: Identity) -> None:
        if identity.user_id is None:
            return
        revoked_at = self.revocations.revoked_at(identity.user_id)
        # A token that does not say when it was issued may be older than any revocation. Tokens count in
        # whole seconds: one of the same second may be from before.
        issued_at = identity.issued_at
        if revoked_at is not None and (issued_at is None or issued_at <= revoked_at):
            raise AccessRefused(Refusal.REVOKED)

    def _by_ticket(self, ticket: str, origins: tuple[str, ...], *, now: float) -> Identity:
        holder = self.tickets.redeem(ticket, now=now)
        if holder is None:
            raise AccessRefused(Refusal.TICKET)
        if holder.origin is not None and origins != (holder.origin,):
            raise AccessRefused(Refusal.TICKET_ORIGIN)
        return _identity_on(holder)


def _identity_on(holder: TicketHolder) -> Identity:
    return Identity(
        user_id=holder.user_id,
        verified=True,
        grants=grants_of(None if holder.channels is None else list(holder.channels)),
        valid_until=holder.valid_until,
        issued_at=holder.issued_at,
        claims=holder.claims,
    )
