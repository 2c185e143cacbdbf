import json
from typing import Any

import pytest
from moto.events.models import EventPattern

from tests.infra.template import Template, logical_id_of


def rule(template: Template, name: str) -> dict[str, Any]:
    return template.properties("AWS::Events::Rule", name=name)


def event(detail_type: str, **detail: object) -> dict[str, Any]:
    return {"source": "jobs-backend", "detail-type": detail_type, "detail": {"data": {}, **detail}}


@pytest.mark.parametrize("stage", ["prod", "dev", "local"])
def test_the_bus_is_named_for_its_stage(request: pytest.FixtureRequest, stage: str) -> None:
    template: Template = request.getfixturevalue(stage)

    assert template.properties("AWS::Events::EventBus")["Name"] == f"tidings-{stage}"


def test_everything_on_the_bus_is_archived(prod: Template) -> None:
    archive = prod.properties("AWS::Events::Archive")

    assert logical_id_of(archive["SourceArn"]).startswith("Bus")
    assert archive["RetentionDays"] == 30
    assert matches(archive["EventPattern"], event("anything.at_all"))


@pytest.mark.parametrize(
    ("given", "published", "scheduled"),
    [
        pytest.param(event("job.created"), True, False, id="now"),
        pytest.param(event("job.created", user_id="u1", id="7"), True, False, id="now, to one user"),
        pytest.param(event("job.created", deliver_at="2025-11-15T13:45:00Z"), False, True, id="later"),
        pytest.param(event("interview.scheduled"), True, True, id="now, and it plans reminders"),
        pytest.param(event("interview.updated"), True, True, id="now, and it moves reminders"),
        pytest.param(
            event("interview.scheduled", deliver_at="2025-11-15T13:45:00Z"), False, True, id="told later"
        ),
        pytest.param(event("followup.sent"), True, True, id="now, and it drops a reminder"),
        pytest.param(event("followup.scheduled"), True, True, id="plans only; the publisher passes it over"),
        pytest.param(event("schedule.cancelled", schedule_key="k"), True, True, id="drops only"),
        pytest.param(event("no.such_type"), True, False, id="unknown: the publisher says so"),
        pytest.param(event("delivery.unseen"), False, False, id="our own word, for other rules"),
    ],
)
def test_the_rules_divide_events(
    prod: Template, given: dict[str, Any], *, published: bool, scheduled: bool
) -> None:
    assert matches(rule(prod, "BusPublish")["EventPattern"], given) is published
    assert matches(rule(prod, "BusSchedule")["EventPattern"], given) is scheduled


@pytest.mark.parametrize(
    ("name", "function", "queue"),
    [
        ("BusPublish", "PublisherFunctionLive", "QueuesPublisherFailed"),
        ("BusSchedule", "SchedulerFunctionLive", "QueuesSchedulerFailed"),
        ("TickRule", "SchedulerFunctionLive", "QueuesSchedulerFailed"),
    ],
)
def test_a_rule_leads_to_one_alias_and_keeps_what_it_cannot_hand_over(
    prod: Template, name: str, function: str, queue: str
) -> None:
    (target,) = rule(prod, name)["Targets"]

    assert logical_id_of(target["Arn"]).startswith(function)
    assert logical_id_of(target["DeadLetterConfig"]["Arn"]).startswith(queue)


def test_the_tick_comes_once_a_minute_from_the_default_bus(prod: Template) -> None:
    tick = rule(prod, "TickRule")

    assert tick["ScheduleExpression"] == "rate(1 minute)"
    assert "EventBusName" not in tick


def matches(pattern: dict[str, Any], given: Any) -> bool:
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(given))


def test_who_may_put_events_is_a_setting(prod: Template, prod_with_options: Template) -> None:
    made = prod_with_options.properties("AWS::Events::EventBusPolicy")["Statement"]

    assert not prod.resources("AWS::Events::EventBusPolicy")
    assert (made["Effect"], made["Principal"], made["Action"]) == ("Deny", "*", "events:PutEvents")
    *named, ours = made["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert named == ["arn:aws:iam::123456789012:role/shop", "arn:aws:iam::123456789012:user/ann"]
    # Else the stage could not say what was not seen.
    assert logical_id_of(ours).startswith("PublisherFunctionRole")
    assert made["Condition"]["Bool"] == {"aws:PrincipalIsAWSService": "false"}


@pytest.mark.parametrize(
    ("source", "heard"), [("shop.backend", True), ("shop.mailer", True), ("jobs-backend", False)]
)
@pytest.mark.parametrize("name", ["BusPublish", "BusSchedule"])
def test_sources_that_are_listened_to_are_a_setting(
    prod_with_options: Template, name: str, source: str, *, heard: bool
) -> None:
    pattern = rule(prod_with_options, name)["EventPattern"]
    kind = {} if name == "BusPublish" else {"deliver_at": "2025-11-15T13:45:00Z"}

    assert matches(pattern, event("job.created", **kind) | {"source": source}) is heard
