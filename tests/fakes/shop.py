"""A small application with channels that have parameters, for tests."""

import sys
from typing import Any

from tidings.catalog import (
    Catalog,
    Channel,
    Conflation,
    Id,
    Payload,
    Reminder,
    Text,
    Timestamp,
    Who,
    event,
    hours,
)


def is_member(who: Who, team: str) -> bool:
    """Raises KeyError for a token without teams."""
    return team in who.claims["teams"]


NEWS = Channel("news")
ORDERS = Channel("orders/{order_id}")
TEAMS = Channel("teams/{team}", may_join=is_member, claims=("teams",))


@event("news.posted", NEWS)
class NewsPosted(Payload):
    headline: Text


@event("order.shipped", ORDERS)
class OrderShipped(Payload):
    order_id: Text


@event("order.moved", ORDERS, conflation=Conflation(window_seconds=2))
class OrderMoved(Payload):
    order_id: Id


@event("team.noted", TEAMS, conflation=Conflation(window_seconds=2, key_field="topic"))
class TeamNoted(Payload):
    team: Text
    topic: Text


SOON = Reminder("order.soon", before=hours(1), at="arrives_at", key="order_id")


@event("order.planned", NEWS, plans=SOON)
class OrderPlanned(Payload):
    order_id: Text
    arrives_at: Timestamp


@event("order.soon", ORDERS)
class OrderSoon(Payload):
    order_id: Text
    arrives_at: Timestamp


catalog = Catalog.of(sys.modules[__name__])
PAYLOADS: dict[str, dict[str, Any]] = {
    "news.posted": {"headline": "We open at nine"},
    "order.shipped": {"order_id": "42"},
    "order.moved": {"order_id": 42},
    "team.noted": {"team": "red", "topic": "t"},
    "order.planned": {"order_id": "42", "arrives_at": "2025-11-14T18:00:00Z"},
    "order.soon": {"order_id": "42", "arrives_at": "2025-11-14T18:00:00Z"},
}
