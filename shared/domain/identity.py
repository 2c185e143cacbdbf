"""Who a connection is of, what it may hear and for how long: read from a token's claims."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.domain.errors import AccessRefused, Refusal
from shared.domain.limits import CLOCK_SKEW_SECONDS, USER_ID_CHARACTERS

# The last second of the year 9999: what a timestamp on the wire can say.
_LATEST = 253_402_300_799


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    user_id: str | None
    verified: bool
    """False where authentication is off: then the user id is what the client says it is."""
    grants: frozenset[str] | None = None
    """Names, patterns and denials of channels; None: the token grants none in particular."""
    valid_until: float | None = None
    """Seconds since the epoch; None: as long as the connection lasts."""
    issued_at: float | None = None
    claims: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What else the token says, for the channels' rules."""
    origin: str | None = None
    """Of a ticket: the page that it is good for; None: any."""


def identity_of(
    claims: Mapping[str, Any],
    *,
    issuer: str,
    audience: str,
    user_claim: str,
    channels_claim: str,
    now: float,
) -> Identity:
    """The identity in verified claims, which must name issuer and audience. Raises AccessRefused."""
    if claims.get("iss") != issuer:
        raise AccessRefused(Refusal.ISSUER)
    audiences = claims.get("aud")
    if audience not in (audiences if isinstance(audiences, list) else [audiences]):
        raise AccessRefused(Refusal.AUDIENCE)
    expires = _moment(claims, "exp")
    if expires is None:
        raise AccessRefused(Refusal.MALFORMED)
    if now >= expires + CLOCK_SKEW_SECONDS:
        raise AccessRefused(Refusal.EXPIRED)
    issued_at = _moment(claims, "iat")
    for begins in (_moment(claims, "nbf"), issued_at):
        if begins is not None and begins > now + CLOCK_SKEW_SECONDS:
            raise AccessRefused(Refusal.NOT_YET_VALID)
    return Identity(
        user_id=_user_id(claims.get(user_claim)),
        verified=True,
        grants=grants_of(claims.get(channels_claim)),
        # A token that is good only by the leeway for unlike clocks is good until the leeway ends.
        valid_until=float(int(expires if expires > now else expires + CLOCK_SKEW_SECONDS)),
        issued_at=issued_at,
        claims=claims,
    )


def grants_of(claim: Any) -> frozenset[str] | None:
    """Grants from a list of names, or names in one string as OAuth writes scopes. Raises AccessRefused.

    Names that are no channels do no harm: providers put other things there too.
    """
    if claim is None:
        return None
    names = claim.replace(",", " ").split() if isinstance(claim, str) else claim
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise AccessRefused(Refusal.CHANNELS_CLAIM)
    return frozenset(names)


def _user_id(claim: Any) -> str:
    if isinstance(claim, int) and not isinstance(claim, bool):
        claim = str(claim)
    if not isinstance(claim, str) or not is_user_id(claim):
        raise AccessRefused(Refusal.NO_USER)
    return claim


def is_user_id(text: str) -> bool:
    """Something to write into a table: not empty, not endless, and with no half of a surrogate pair."""
    half = any("\ud800" <= character <= "\udfff" for character in text)
    return 0 < len(text) <= USER_ID_CHARACTERS and not half


def _moment(claims: Mapping[str, Any], name: str) -> float | None:
    moment = claims.get(name)
    if moment is None:
        return None
    if isinstance(moment, bool) or not isinstance(moment, int | float) or not 0 <= moment <= _LATEST:
        raise AccessRefused(Refusal.MALFORMED)
    return float(moment)
