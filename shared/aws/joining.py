"""The condition of a write that adds a channel to a connection's row: what it may not join is never there."""

from typing import Any

from shared.aws.conditions import Item
from shared.domain.grants import DENIAL, covered_by
from tidings.catalog import Channel

Condition = tuple[str, dict[str, Any]]
# What a rule decides on, besides the user, who stays the same.
_IDENTITY = ("grants", "claims")


def joins(name: str, channel: Channel | None, *, most_channels: int, asked: Item | None) -> Condition:
    """`asked` is the row that the channel's rule has said yes to; None where it has no rule."""
    who, values = _grants(covered_by(name, channel)) if asked is None else _same_identity(asked)
    room = "attribute_not_exists(channels) OR contains(channels, :joined) OR size(channels) < :most"
    values |= {":joined": {"S": name}, ":most": {"N": str(most_channels)}}
    return f"({room}) AND ({who})", values


def is_same_identity(one: Item, other: Item) -> bool:
    return all(one.get(name) == other.get(name) for name in _IDENTITY)


def _grants(covering: list[str]) -> Condition:
    """Granted by name or by a pattern, and not denied: `covering` has the name and its patterns."""
    values = {f":grant{n}": {"S": f"|{each}|"} for n, each in enumerate(covering)}
    denials = {f":denial{n}": {"S": f"|{DENIAL}{each}|"} for n, each in enumerate(covering)}
    granted, denied = (
        " OR ".join(f"contains(grants, {one})" for one in names) for names in (values, denials)
    )
    return f"attribute_not_exists(grants) OR (({granted}) AND NOT ({denied}))", values | denials


def _same_identity(asked: Item) -> Condition:
    """No other token has come since the rule was asked."""
    conditions = [
        f"{name} = :{name}" if name in asked else f"attribute_not_exists({name})" for name in _IDENTITY
    ]
    return " AND ".join(conditions), {f":{name}": asked[name] for name in _IDENTITY if name in asked}
