"""Who is connecting: said by the URL where authentication is off, by a token or a ticket where it is on."""

from shared.app.ports import Ports
from shared.domain.errors import AccessRefused, Refusal
from shared.domain.handshake import Handshake
from shared.domain.identity import Identity, identity_of, is_user_id
from shared.domain.limits import TOKEN_CHARACTERS

# The guide's way, for a developer's machine and stages without secrets.
TRUST_URL = "none"


def authenticate(ports: Ports, handshake: Handshake, *, now: float) -> Identity:
    """Raises AccessRefused."""
    if ports.settings.auth_mode == TRUST_URL:
        user_id = handshake.parameter("user_id")
        if user_id is not None and not is_user_id(user_id):
            raise AccessRefused(Refusal.USER_ID)
        return Identity(user_id=user_id, verified=False)
    credential = handshake.credential()
    if credential is None:
        raise AccessRefused(Refusal.NO_CREDENTIAL)
    if credential.is_ticket:
        identity = _by_ticket(ports, credential.text, handshake.origins, now=now)
    else:
        identity = by_token(ports, credential.text, now=now)
    if any(asked and asked != identity.user_id for asked in handshake.query.get("user_id", ())):
        raise AccessRefused(Refusal.OTHER_USER)
    return identity


def by_token(ports: Ports, token: str, *, now: float) -> Identity:
    """Raises AccessRefused."""
    settings = ports.settings
    if settings.auth_mode == TRUST_URL:
        return Identity(user_id=None, verified=False)
    if len(token) > TOKEN_CHARACTERS:
        raise AccessRefused(Refusal.TOO_LARGE)
    return identity_of(
        ports.tokens.claims(token, now=now),
        issuer=settings.auth_issuer or "",
        audience=settings.auth_audience or "",
        user_claim=settings.auth_user_claim,
        channels_claim=settings.auth_channels_claim,
        now=now,
    )


def confirm(ports: Ports, identity: Identity) -> None:
    """Raises AccessRefused when the user was revoked since the credential was issued."""
    if identity.user_id is None:
        return
    revoked_at = ports.access.revoked_at(identity.user_id)
    # A token that does not say when it was issued may be older than any revocation. Tokens count in
    # whole seconds: one of the same second may be from before.
    issued_at = identity.issued_at
    if revoked_at is not None and (issued_at is None or issued_at <= revoked_at):
        raise AccessRefused(Refusal.REVOKED)


def _by_ticket(ports: Ports, ticket: str, origins: tuple[str, ...], *, now: float) -> Identity:
    identity = ports.access.redeem(ticket, now=now)
    if identity is None:
        raise AccessRefused(Refusal.TICKET)
    if identity.origin is not None and origins != (identity.origin,):
        raise AccessRefused(Refusal.TICKET_ORIGIN)
    return identity
