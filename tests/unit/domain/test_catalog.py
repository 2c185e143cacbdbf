"""The catalogue says what the contract says."""

import re
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType
from typing import Any, Literal

import pytest
from pydantic import ValidationError, create_model

from tests.fakes.catalog import CATALOG, Channel
from tests.fakes.payloads import PAYLOADS
from tidings import catalog as declaring
from tidings.catalog import (
    Catalog,
    Conflation,
    DeclarationError,
    Payload,
    Reminder,
    Text,
    TimeLeft,
    Timestamp,
    event,
    hours,
    minutes,
)
from tidings.system import with_system

# The contract's table of channels and event types.
CONTRACT = {
    Channel.JOBS: {"job.created", "job.analyzing", "job.analyzed"},
    Channel.APPLICATIONS: {"application.status_changed", "application.updated"},
    Channel.RECOMMENDATIONS: {"recommendations.new", "recommendations.updated"},
    Channel.SKILLS: {"skill_gap.completed", "skill_gap.updated"},
    Channel.FOLLOWUPS: {"followup.due", "followup.sent"},
    Channel.INTERVIEWS: {"interview.scheduled", "interview.updated", "interview.reminder"},
    Channel.SYSTEM: {"system.notification", "system.maintenance", "system.ping"},
}
# What a user must not miss is never held back.
NEVER_CONFLATED = {
    "job.analyzed",
    "application.status_changed",
    "interview.scheduled",
    "interview.updated",
    "interview.reminder",
    "followup.due",
    "system.notification",
    "system.maintenance",
}


def test_channels_and_event_types_are_the_contracts() -> None:
    declared: dict[str, set[str]] = {}
    for type_ in CATALOG.values():
        if type_.channel is not None:
            declared.setdefault(type_.channel, set()).add(type_.name)
    # An application may have more.
    assert {channel: declared[channel] & names for channel, names in CONTRACT.items()} == CONTRACT


def test_what_a_user_must_not_miss_is_never_conflated() -> None:
    assert {name for name in NEVER_CONFLATED if CATALOG[name].conflation is not None} == set()


def test_conflation_keys_are_required_fields_of_their_payload() -> None:
    for type_ in CATALOG.values():
        if type_.conflation is not None and type_.conflation.key_field is not None:
            assert type_.payload.model_fields[type_.conflation.key_field].is_required()


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_realistic_payloads_are_valid_and_keep_unknown_fields(name: str) -> None:
    payload = CATALOG[name].payload.model_validate({**PAYLOADS[name], "added_later": [1]})
    assert payload.model_extra is not None
    assert payload.model_extra["added_later"] == [1]


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_each_required_field_is_missed_when_it_is_absent(name: str) -> None:
    model = CATALOG[name].payload
    for field, info in model.model_fields.items():
        if info.is_required():
            rest = {key: value for key, value in PAYLOADS[name].items() if key != field}
            with pytest.raises(ValidationError, match=field):
                model.model_validate(rest)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("job.created", {"job_id": "42"}),
        ("job.created", {"job_id": True}),
        ("job.created", {"company": ""}),
        ("job.analyzed", {"match_score": 101}),
        ("job.analyzed", {"match_score": float("nan")}),
        ("job.analyzed", {"strengths": "many"}),
        ("interview.scheduled", {"scheduled_date": "tomorrow"}),
        ("interview.scheduled", {"scheduled_date": "2025-11-15T14:00:00"}),
        ("interview.scheduled", {"duration_minutes": 0}),
        ("interview.updated", {"status": "postponed"}),
        ("recommendations.new", {"top_recommendations": [{"job_id": 1}]}),
        ("system.notification", {"action_required": "no"}),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value),
)
def test_wrong_values_are_refused(name: str, change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CATALOG[name].payload.model_validate({**PAYLOADS[name], **change})


def module(**declared: Any) -> ModuleType:
    made = ModuleType("shop")
    for name, value in declared.items():
        if isinstance(value, type):
            value.__module__ = "shop"
        setattr(made, name, value)
    return made


SHOP = declaring.Channel("shop")
ORDERS = declaring.Channel("orders/{order_id}")


def of_order(kind: Any, *default: Any) -> type[Payload]:
    fields: Any = {"order_id": (kind, *default)} if default else {"order_id": kind}
    return create_model("Shipped", __base__=Payload, **fields)


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (lambda: declaring.Channel("Shop Floor"), "channel 'Shop Floor': use a-z"),
        (lambda: event("Order Shipped", SHOP)(Payload), "'Order Shipped' is no name"),
        (
            lambda: event("order.shipped", SHOP, conflation=Conflation(window_seconds=2, key_field="id"))(
                type("OrderShipped", (Payload,), {})
            ),
            "order.shipped: its conflation key 'id' is no required field",
        ),
        (
            lambda: Catalog.of(
                module(
                    A=event("order.shipped", SHOP)(type("A", (Payload,), {})),
                    B=event("order.shipped", SHOP)(type("B", (Payload,), {})),
                )
            ),
            "shop: order.shipped is declared twice",
        ),
        (
            lambda: with_system(Catalog.of(module(A=event("system.ping", SHOP)(type("A", (Payload,), {}))))),
            "declared by the system already: system.ping",
        ),
        (
            lambda: declaring.Channel("shop", keep=declaring.days(31)),
            "channel 'shop': keep is from 0 to 30 days",
        ),
        (
            lambda: event("order.shipped", SHOP, inbox=True, conflation=Conflation(window_seconds=2))(
                Payload
            ),
            "order.shipped: an inbox counts every event",
        ),
        (
            lambda: event("order.shipped", declaring.Channel("shop", keep=declaring.hours(0)), inbox=True)(
                Payload
            ),
            "order.shipped: what an inbox shows is kept",
        ),
        (
            lambda: event("order.shipped", SHOP, unseen_after=declaring.minutes(10))(Payload),
            "order.shipped: unseen_after needs inbox=True",
        ),
        (
            lambda: event("order.shipped", SHOP, inbox=True, unseen_after=declaring.days(31))(Payload),
            "order.shipped: unseen_after is from 1 second to 30 days",
        ),
        (lambda: declaring.Channel("shop/floor"), "channel 'shop/floor': only a channel with a {parameter}"),
        (lambda: declaring.Channel("{shop}/floor"), "channel '{shop}/floor': it begins with a plain part"),
        (lambda: declaring.Channel("shop/{floor}s"), "channel 'shop/{floor}s': use a-z"),
        (lambda: declaring.Channel("shop/{a}/{a}"), "channel 'shop/{a}/{a}': it has a parameter twice"),
        (lambda: declaring.Channel("a/{b}/{c}/{d}/{e}/{f}"), "it has more than 5 parts"),
        (lambda: declaring.Channel("shop", claims=("shops",)), "claims are for a rule, and it has none"),
        (
            lambda: declaring.Channel("shop", may_join=lambda _who: True, claims="shops"),
            "channel 'shop': claims is a tuple of names: ('shops',)",
        ),
        (
            lambda: declaring.Channel("shop/{floor}", may_join=lambda _who: True),
            "channel 'shop/{floor}': its rule is called with (who, floor): got an unexpected keyword",
        ),
        (
            lambda: Catalog({name: declaring.Channel(name) for name in ("a/{b}/c", "a/{b}/d", "a/x/{c}")}),
            "channels a/{b}/c and a/x/{c}: one name could mean both",
        ),
        (
            lambda: event("order.shipped", ORDERS)(type("Shipped", (Payload,), {})),
            "order.shipped: its channel needs 'order_id', a required field that is a text or a whole number",
        ),
        (lambda: event("order.shipped", ORDERS)(of_order(int | None, None)), "order.shipped: its channel"),
        (lambda: event("order.shipped", ORDERS)(of_order(list[str])), "order.shipped: its channel"),
        (lambda: event("order.shipped", ORDERS)(of_order(bool)), "order.shipped: its channel"),
    ],
    ids=[
        "channel",
        "type",
        "conflation key",
        "twice",
        "of the system",
        "keep",
        "inbox conflated",
        "inbox not kept",
        "unseen without inbox",
        "unseen too late",
        "slash",
        "parameter first",
        "part of a part",
        "parameter twice",
        "many parts",
        "claims without a rule",
        "claims in a text",
        "rule",
        "ambiguous",
        "no field",
        "optional field",
        "list",
        "truth value",
    ],
)
def test_a_declaration_that_makes_no_sense_is_told_by_name(declare: Callable[[], object], says: str) -> None:
    with pytest.raises(DeclarationError, match=re.escape(says)):
        declare()


class Window(Payload):
    order_id: Text
    window_starts: Timestamp
    ends: Timestamp | None = None
    note: Text | None = None


class Soon(Payload):
    order_id: Text
    window_starts: Timestamp
    time_until: TimeLeft


class Noted(Soon):
    note: Text


def soon(**said: Any) -> Reminder:
    return Reminder(
        **{"type": "order.soon", "before": hours(1), "at": "window_starts", "key": "order_id", **said}
    )


def planned(
    *,
    by: type[Payload] = Window,
    sent: type[Payload] | None = Soon,
    to: declaring.Channel | None = SHOP,
    conflation: Conflation | None = None,
    reminder: Reminder | None = None,
    **more: Any,
) -> Catalog:
    """A catalogue in which one type plans a reminder of another."""
    declared = {"Window": event("order.window", SHOP, plans=reminder or soon())(subclass(by))}
    if sent is not None:
        declared["Soon"] = event("order.soon", to, conflation=conflation)(subclass(sent))
    return Catalog.of(module(**declared, **more))


def subclass(payload: type[Payload]) -> type[Payload]:
    return type(payload.__name__, (payload,), {})


@pytest.mark.parametrize(
    ("declare", "says"),
    [
        (lambda: soon(before=[]), "reminder order.soon: before= takes whole seconds"),
        (lambda: soon(before=[hours(1), minutes(60)]), "reminder order.soon: before= takes whole seconds"),
        (lambda: soon(before=minutes(0)), "reminder order.soon: before= takes whole seconds"),
        (
            lambda: soon(before=timedelta(milliseconds=1500)),
            "reminder order.soon: before= takes whole seconds",
        ),
        (lambda: soon(before=declaring.days(366)), "reminder order.soon: before= takes whole seconds"),
        (lambda: soon(stored_as="key"), "reminder order.soon: 'key' cannot begin the keys of its plans"),
        (lambda: soon(dropped_when={"note": "gone"}), "reminder order.soon: dropped_when= takes lists"),
        (
            lambda: planned(reminder=soon(at="starts")),
            "order.window: order.soon needs 'starts' as a required",
        ),
        (lambda: planned(reminder=soon(at="order_id")), "order.window: order.soon needs 'order_id' as a"),
        (lambda: planned(reminder=soon(at="ends")), "order.window: order.soon needs 'ends' as a required"),
        (lambda: planned(reminder=soon(key="id")), "order.window: order.soon needs 'id' as a required text"),
        (lambda: planned(reminder=soon(key="note")), "order.window: order.soon needs 'note' as a required"),
        (lambda: planned(sent=None), "order.window: order.soon is not declared. Did you mean order.window?"),
        (lambda: planned(sent=Noted), "order.window: lacks the required field 'note' of order.soon"),
        (lambda: planned(to=None), "order.window: order.soon is sent as a reminder, so it has a channel"),
        (
            lambda: planned(conflation=Conflation(window_seconds=2)),
            "order.window: order.soon is sent as a reminder, so it has a channel and no conflation",
        ),
        (
            lambda: planned(reminder=soon(dropped_when={"status": ["gone"]})),
            "order.soon: no type that plans it has 'status' of dropped_when",
        ),
        (
            lambda: planned(More=event("order.more", SHOP, drops=soon(even_late=True))(subclass(Window))),
            "order.more: another Reminder of order.soon or with its keys is declared",
        ),
        (
            lambda: planned(
                More=event("order.more", SHOP, plans=soon(type="order.x", stored_as="order.soon"))(
                    subclass(Window)
                )
            ),
            "order.more: another Reminder of order.x or with its keys is declared",
        ),
        (
            lambda: Catalog.of(module(A=event("order.sent", SHOP, drops=soon())(subclass(Window)))),
            "order.soon: no type plans the reminder",
        ),
    ],
)
def test_a_reminder_that_makes_no_sense_is_told_by_name(declare: Callable[[], object], says: str) -> None:
    with pytest.raises(DeclarationError, match=re.escape(says)):
        declare()


def test_a_catalogue_is_what_its_modules_declare_in_their_order() -> None:
    shipped = event("order.shipped", SHOP)(type("Shipped", (Payload,), {}))
    made = Catalog.of(module(SHOP=SHOP, Shipped=shipped, Base=type("Base", (Payload,), {})))
    assert (made.channels, list(made.types)) == (("shop",), ["order.shipped"])
    assert made.listed(["other", "shop"]) == ["shop", "other"]


SHOPS = Catalog(
    {
        name: declaring.Channel(name)
        for name in ("news", "orders/{order_id}", "shops/{shop}/tills/{till}", "shops/{shop}/news")
    }
)


@pytest.mark.parametrize(
    ("name", "declared"),
    [
        ("news", "news"),
        ("orders/42", "orders/{order_id}"),
        ("orders/A_b.c-D", "orders/{order_id}"),
        ("shops/7/tills/1", "shops/{shop}/tills/{till}"),
        ("shops/7/news", "shops/{shop}/news"),
        *(
            (name, None)
            for name in (
                "",
                "orders",
                "orders/",
                "orders/42/",
                "/orders/42",
                "Orders/42",
                "orders/4 2",
                "orders/42\n",
                "orders/*",
                "orders/é",
                "orders/" + "4" * 65,
                "orders/{order_id}",
                "shops/7/tills",
                "shops//tills/1",
                "news/42",
                "@user:ann",
                "orders#0",
            )
        ),
    ],
)
def test_a_name_that_clients_say_finds_its_declaration(name: str, declared: str | None) -> None:
    found = SHOPS.channel(name)
    assert (None if found is None else found.name) == declared


def test_the_channels_that_can_be_listed_have_no_parameters() -> None:
    assert SHOPS.channels == ("news",)
    assert SHOPS.listed(["x", "shops/7/news", "orders/9", "orders/10", "news"]) == [
        "news",
        "orders/10",
        "orders/9",
        "shops/7/news",
        "x",
    ]


@pytest.mark.parametrize(
    ("kind", "value", "channel"),
    [
        (int, 42, "orders/42"),
        (str, "A-1", "orders/A-1"),
        (int | str, "A-1", "orders/A-1"),
        (Literal["east", "west"], "east", "orders/east"),
        (str, "a b", None),
        (str, "", None),
        (str, "a/b", None),
        (str, "*", None),
        (int, 10**65, None),
    ],
)
def test_a_type_s_channel_is_filled_from_its_payload(kind: Any, value: Any, channel: str | None) -> None:
    shipped = event("order.shipped", ORDERS)(of_order(kind)).declared
    assert shipped is not None
    data = shipped.payload.model_validate({"order_id": value}).model_dump()
    if channel is not None:
        assert shipped.channel_of(data) == channel
    else:
        with pytest.raises(ValueError, match=r"^order_id: .* cannot be part of orders/{order_id}"):
            shipped.channel_of(data)
