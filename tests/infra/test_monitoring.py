import json
from typing import Any

import pytest

from infra.dashboard_picture import PICTURE, draw
from infra.parts.monitoring import VERDICTS
from shared.domain.history import Reason
from tests.infra.template import Template, logical_id_of


def alarm(template: Template, name: str) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for resource in template.resources("AWS::CloudWatch::Alarm").values()
        if resource["Properties"]["AlarmName"] == f"tidings-prod-{name}"
    )
    return dict(found)


def metrics_of(made: dict[str, Any]) -> set[str]:
    """Of the alarm's metric, or of those its expression is about."""
    if "MetricName" in made:
        return {made["MetricName"]}
    return {one["MetricStat"]["Metric"]["MetricName"] for one in made["Metrics"] if "MetricStat" in one}


ALARMS = {
    "DeliveriesLate": {"DeliveryLatenessSeconds"},
    "DeliveriesStuck": {"ApproximateAgeOfOldestMessage"},
    "PostsRefused": {"PostsRefused"},
    "EventsRejected": {"EventsRejected"},
    "DeliveryFailed": {"ApproximateNumberOfMessagesVisible"},
    "PublisherFailed": {"ApproximateNumberOfMessagesVisible"},
    "SchedulerFailed": {"ApproximateNumberOfMessagesVisible"},
    "ApiFailures": {"ApiFailures"},
    **{
        f"{name}Errors": {"Errors"} for name in ("Connect", "Disconnect", "Default", "Publisher", "Scheduler")
    },
    **{f"{name}Throttles": {"Throttles"} for name in ("Connect", "Disconnect", "Default", "Scheduler")},
}
# Whoever knows the address can raise these: bad handshakes and messages, and connections that do not read,
# which end as undeliverable in the rejected-events queue.
STRANGERS_RAISE = {
    "ClientError",
    "IntegrationError",
    "Refused",
    "MessageErrors",
    "Throttled",
    "Gone",
    "Failed",
}


def test_these_are_the_alarms_and_what_they_watch(prod: Template) -> None:
    made = {
        resource["Properties"]["AlarmName"].removeprefix("tidings-prod-"): metrics_of(resource["Properties"])
        for resource in prod.resources("AWS::CloudWatch::Alarm").values()
    }

    assert made == ALARMS


def test_no_alarm_can_be_set_off_by_a_stranger(prod: Template) -> None:
    alarms = [made["Properties"] for made in prod.resources("AWS::CloudWatch::Alarm").values()]

    assert not [made["AlarmName"] for made in alarms if metrics_of(made) & STRANGERS_RAISE]
    assert not [made["AlarmName"] for made in alarms if "QueuesRejectedEvents" in json.dumps(made)]


@pytest.mark.parametrize("queue", ["DeliveryFailed", "PublisherFailed", "SchedulerFailed"])
def test_one_message_that_waits_for_a_person_raises_an_alarm(prod: Template, queue: str) -> None:
    made = alarm(prod, queue)

    assert logical_id_of(made["Dimensions"]).startswith(f"Queues{queue}")
    assert (made["Threshold"], made["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")


def test_late_deliveries_raise_an_alarm(prod: Template) -> None:
    made = alarm(prod, "DeliveriesLate")

    assert made["Dimensions"] == [{"Name": "service", "Value": "publisher"}]
    assert (made["Namespace"], made["ExtendedStatistic"], made["Threshold"]) == ("Tidings/prod", "p90", 60)
    assert (made["DatapointsToAlarm"], made["EvaluationPeriods"]) == (2, 3)


def test_deliveries_that_are_meant_to_wait_raise_none(prod: Template) -> None:
    """SQS delays by 15 minutes at most, and what fails is tried for 20."""
    made = alarm(prod, "DeliveriesStuck")
    queues = {logical_id_of(one["MetricStat"]["Metric"]["Dimensions"]) for one in made["Metrics"][1:]}

    assert made["Threshold"] == 30 * 60
    assert {queue[:-8] for queue in queues} == {"QueuesDelivery", "QueuesParts"}


@pytest.mark.parametrize("name", [name for name in ALARMS if name.endswith(("Errors", "Throttles"))])
def test_a_function_that_fails_again_and_again_raises_an_alarm(prod: Template, name: str) -> None:
    made = alarm(prod, name)

    assert made["Threshold"] == 1
    assert (made["DatapointsToAlarm"], made["EvaluationPeriods"]) == (2, 3)
    assert "Resource" in {dimension["Name"] for dimension in made["Dimensions"]}  # the alias


def test_failures_of_the_api_are_counted_in_its_access_log(prod: Template) -> None:
    counted = prod.properties("AWS::Logs::MetricFilter")

    assert counted["FilterPattern"] == '{ $.status = "5*" }'
    assert logical_id_of(counted["LogGroupName"]).startswith("WebSocketAccessLog")
    assert [one["MetricNamespace"] for one in counted["MetricTransformations"]] == ["Tidings/prod"]


def test_silence_is_no_alarm(prod: Template) -> None:
    alarms = prod.resources("AWS::CloudWatch::Alarm").values()

    assert {made["Properties"]["TreatMissingData"] for made in alarms} == {"notBreaching"}


def test_nobody_is_told_unless_somebody_is_named(prod: Template) -> None:
    assert not prod.resources("AWS::SNS::Topic")


def test_alarms_are_mailed_to_the_address_of_the_settings(prod_with_options: Template) -> None:
    subscription = prod_with_options.properties("AWS::SNS::Subscription")
    policy = prod_with_options.properties("AWS::SNS::TopicPolicy")["PolicyDocument"]["Statement"]
    alarms = prod_with_options.resources("AWS::CloudWatch::Alarm").values()

    assert (subscription["Protocol"], subscription["Endpoint"]) == ("email", "oncall@example.com")
    assert all(made["Properties"]["AlarmActions"] for made in alarms)
    assert {"Service": "cloudwatch.amazonaws.com"} in [
        statement["Principal"] for statement in policy if statement["Effect"] == "Allow"
    ]


def test_one_page_shows_how_it_is_going(prod: Template) -> None:
    made = prod.properties("AWS::CloudWatch::Dashboard")
    name, body = made["DashboardName"], json.dumps(made["DashboardBody"])

    for words in ("Is it well?", "Waiting for a person", "DeliveryLatenessSeconds", "Alarms"):
        assert words in body
    assert name == {"Fn::Join": ["", ["tidings-prod-", {"Ref": "AWS::Region"}]]}


def test_what_was_missed_and_what_is_owed_is_shown_without_an_alarm(prod: Template) -> None:
    body = json.dumps(prod.properties("AWS::CloudWatch::Dashboard")["DashboardBody"])
    shown = {*VERDICTS, "Throttled", "Failed", "Overdue", "OverdueWindows", "DeliveriesRecheckEvent"}
    alarms = [made["Properties"] for made in prod.resources("AWS::CloudWatch::Alarm").values()]

    assert {name for name in shown if name not in body} == set()
    assert not [made["AlarmName"] for made in alarms if metrics_of(made) & shown]


def test_every_verdict_has_its_line() -> None:
    assert set(VERDICTS) == {"HistoryRecovered", *(f"History{one.capitalize()}" for one in Reason)}


def test_the_picture_of_the_page_is_current(dev: Template) -> None:
    assert PICTURE.read_text() == draw(dev.body), "python -m infra.dashboard_picture draws it anew"


def test_a_bill_that_grows_is_mailed(prod: Template, prod_with_options: Template) -> None:
    made = prod_with_options.properties("AWS::Budgets::Budget")
    told = {one["Notification"]["NotificationType"]: one for one in made["NotificationsWithSubscribers"]}

    assert not prod.resources("AWS::Budgets::Budget")
    assert made["Budget"]["BudgetLimit"] == {"Amount": 200, "Unit": "USD"}
    assert told.keys() == {"ACTUAL", "FORECASTED"}
    assert told["ACTUAL"]["Subscribers"] == [{"SubscriptionType": "EMAIL", "Address": "oncall@example.com"}]
