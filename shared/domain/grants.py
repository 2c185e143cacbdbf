"""Who may hear a channel: the token grants it by name or pattern, or the channel's rule says so.

Grants are names, `orders/42`; patterns, `orders/*`, with one `*` for a whole parameter; and denials,
`!orders/7` or `!orders/*`, which come before all others. Where authentication is off, nobody is asked: the
catalogue then has no rules.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

from shared.domain.connection import Connection
from shared.domain.errors import AccessRefused, Refusal
from shared.domain.identity import Identity
from shared.domain.limits import KEPT_OF_TOKEN_BYTES
from tidings.catalog import Catalog, Channel, Who

DENIAL = "!"
ANY = "*"
_REASON_CHARACTERS = 200
_PART = re.compile(r"[A-Za-z0-9_.-]{1,64}|\*")


def why_not(one: Identity | Connection, name: str, catalog: Catalog) -> str | None:
    """Why it may not hear a channel, in words for the log; None when it may."""
    channel = catalog.channel(name)
    if one.grants is not None:
        covering = covered_by(name, channel)
        if any(DENIAL + each in one.grants for each in covering):
            return "denied by the token"
        if any(each in one.grants for each in covering):
            return None
    if channel is not None and channel.may_join is not None:
        return _asked(channel, one, name)
    return None if one.grants is None else "not granted by the token"


def may_join(connection: Connection, name: str, catalog: Catalog, *, most_channels: int) -> bool:
    """Whether a connection may join a channel, or is there already."""
    has_room = name in connection.channels or len(connection.channels) < most_channels
    return has_room and why_not(connection, name, catalog) is None


def covered_by(name: str, channel: Channel | None) -> list[str]:
    """The name and all patterns that it matches."""
    if channel is None or not channel.parameters:
        return [name]
    parts = zip(channel.name.split("/"), name.split("/"), strict=True)
    return ["/".join(each) for each in product(*((b, ANY) if a[0] == "{" else (a,) for a, b in parts))]


def known_to(identity: Identity, catalog: Catalog) -> Identity:
    """The identity with what a connection keeps of its token. Raises AccessRefused when that is too much.

    Of the grants those that mean one of the catalogue's channels: providers put other names into the claim,
    too. Of the claims those that a rule reads.
    """
    grants = identity.grants
    if grants is not None:
        grants = frozenset(each for grant in grants for each in _meant(grant, catalog.declared.values()))
    named = {claim for one in catalog.declared.values() for claim in one.claims}
    claims = {claim: identity.claims[claim] for claim in sorted(named) if claim in identity.claims}
    if len(json.dumps(claims)) + sum(len(grant) + 1 for grant in grants or ()) > KEPT_OF_TOKEN_BYTES:
        raise AccessRefused(Refusal.CLAIMS_TOO_LARGE)
    return replace(identity, grants=grants, claims=claims)


def _meant(grant: str, channels: Iterable[Channel]) -> Iterator[str]:
    """The grant for each channel that it can mean, with the channel's own plain parts."""
    denial = DENIAL if grant.startswith(DENIAL) else ""
    said = grant.removeprefix(DENIAL).split("/")
    if not all(_PART.fullmatch(part) for part in said):
        return
    for channel in channels:
        declared = channel.name.split("/")
        if len(declared) == len(said) and all(
            a[0] == "{" or b in (a, ANY) for a, b in zip(declared, said, strict=True)
        ):
            meant = (b if a[0] == "{" else a for a, b in zip(declared, said, strict=True))
            yield denial + "/".join(meant)


def _asked(channel: Channel, one: Identity | Connection, name: str) -> str | None:
    """What the channel's rule says. Whatever is not True is a no: a rule that fails lets nobody in."""
    claims: Mapping[str, Any] = {each: one.claims[each] for each in channel.claims if each in one.claims}
    rule, values = channel.may_join, channel.values_in(name)
    if rule is None or values is None:
        return "no such channel"
    try:
        said: object = rule(Who(one.user_id, claims), **values)
    except Exception as exc:  # noqa: BLE001  the application's code: whatever it raises refuses
        return f"the rule of {channel.name} raised {type(exc).__name__}: {exc}"[:_REASON_CHARACTERS]
    if said is True:
        return None
    return f"the rule of {channel.name} says {'no' if said is False else f'{type(said).__name__}, not True'}"
