from typing import Any

import pytest

from tests.infra.template import Template, logical_id_of

pytestmark = pytest.mark.xdist_group("infra")


def alarm(template: Template, name: str) -> dict[str, Any]:
    (found,) = (
        resource["Properties"]
        for resource in template.resources("AWS::CloudWatch::Alarm").values()
        if resource["Properties"]["AlarmName"] == f"tidings-prod-{name}"
    )
    return dict(found)


@pytest.mark.parametrize("queue", ["RejectedEvents", "DeliveryFailed", "PublisherFailed", "SchedulerFailed"])
def test_one_message_that_waits_for_a_person_raises_an_alarm(prod: Template, queue: str) -> None:
    made = alarm(prod, queue)

    assert made["MetricName"] == "ApproximateNumberOfMessagesVisible"
    assert logical_id_of(made["Dimensions"]).startswith(f"Queues{queue}")
    assert (made["Threshold"], made["ComparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")


def test_deliveries_that_wait_raise_an_alarm(prod: Template) -> None:
    made = alarm(prod, "DeliveryAge")

    assert made["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert made["Threshold"] == 120


@pytest.mark.parametrize("metric", ["Errors", "Throttles"])
@pytest.mark.parametrize("function", ["Connect", "Disconnect", "Default", "Publisher", "Scheduler"])
def test_a_function_that_fails_raises_an_alarm(prod: Template, function: str, metric: str) -> None:
    made = alarm(prod, f"{function}{metric}")

    assert made["MetricName"] == metric
    assert made["Threshold"] == 1
    assert "Resource" in {dimension["Name"] for dimension in made["Dimensions"]}  # the alias


@pytest.mark.parametrize(
    ("name", "metric"),
    [
        ("ApiClientErrors", "ClientError"),
        ("ApiIntegrationErrors", "IntegrationError"),
        ("ApiExecutionErrors", "ExecutionError"),
    ],
)
def test_errors_of_the_api_raise_an_alarm(prod: Template, name: str, metric: str) -> None:
    made = alarm(prod, name)
    dimensions = {dimension["Name"]: dimension["Value"] for dimension in made["Dimensions"]}

    assert made["MetricName"] == metric
    assert dimensions["Stage"] == "prod"
    assert logical_id_of(dimensions["ApiId"]).startswith("WebSocketApi")


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
    name = prod.properties("AWS::CloudWatch::Dashboard")["DashboardName"]

    assert name == {"Fn::Join": ["", ["tidings-prod-", {"Ref": "AWS::Region"}]]}
