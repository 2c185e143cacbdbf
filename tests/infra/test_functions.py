import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from infra.bundle import REPOSITORY
from infra.config import FunctionName
from infra.stages import STAGES
from shared.settings import Settings
from tests.infra.template import Template, logical_id_of, references

TIMEOUTS = {"connect": 10, "disconnect": 10, "default": 10, "publisher": 60, "scheduler": 60}
FUNCTIONS = [*TIMEOUTS]
# Not set in prod: the secret for HS256, beside keys by URL; and origins, of which all are allowed.
ENVIRONMENT = {one.name.upper() for one in fields(Settings)} - {"AUTH_SECRET_ARN", "ALLOWED_ORIGINS"}
ENVIRONMENT |= {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
}


def function(template: Template, name: str) -> dict[str, Any]:
    return template.properties("AWS::Lambda::Function", name=f"{name.capitalize()}FunctionHandler")


def environment(template: Template, name: str) -> dict[str, Any]:
    variables: dict[str, Any] = function(template, name)["Environment"]["Variables"]
    return variables


def test_each_function_has_a_folder_and_a_name() -> None:
    handlers = {path.parent.name for path in (REPOSITORY / "functions").glob("*/handler.py")}

    assert {*FunctionName} == handlers == {*FUNCTIONS}


def test_the_functions_can_read_what_the_template_writes(prod: Template) -> None:
    written = environment(prod, "publisher")
    resolved = {
        name: value if isinstance(value, str) else "https://resolved.test" for name, value in written.items()
    }

    assert Settings.from_environment(resolved).topic_shards == STAGES["prod"].topic_shards


def test_there_are_exactly_these_functions(prod: Template) -> None:
    assert len(prod.resources("AWS::Lambda::Function")) == len(FUNCTIONS)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_the_newest_python_on_arm(prod: Template, name: str) -> None:
    made = function(prod, name)

    assert made["FunctionName"] == f"tidings-prod-{name}"
    assert made["Handler"] == f"functions.{name}.handler.handler"
    assert made["Runtime"] == "python3.14"
    assert made["Architectures"] == ["arm64"]
    assert made["TracingConfig"] == {"Mode": "Active"}
    assert made["Timeout"] == TIMEOUTS[name]
    assert made.get("ReservedConcurrentExecutions") == (100 if name == "publisher" else None)


@pytest.mark.parametrize("name", ["disconnect", "scheduler"])
def test_a_function_that_nobody_waits_for_has_no_paid_snapshot(prod: Template, name: str) -> None:
    assert "SnapStart" not in function(prod, name)


@pytest.mark.parametrize("name", ["connect", "default", "publisher"])
def test_a_function_is_restored_from_a_snapshot_behind_its_alias(prod: Template, name: str) -> None:
    alias = prod.properties("AWS::Lambda::Alias", name=f"{name.capitalize()}Function")
    version = logical_id_of(alias["FunctionVersion"])

    assert function(prod, name)["SnapStart"] == {"ApplyOn": "PublishedVersions"}
    assert alias["Name"] == "live"
    assert version in prod.resources("AWS::Lambda::Version")
    assert version.startswith(f"{name.capitalize()}FunctionHandler")


@pytest.mark.parametrize("name", FUNCTIONS)
def test_where_nobody_may_call_for_two_weeks_there_are_no_snapshots(dev: Template, name: str) -> None:
    """Lambda makes an idle version inactive after 14 days, and then its next call fails."""
    assert "SnapStart" not in function(dev, name)


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name != "publisher"])
def test_the_publisher_is_deployed_before_those_that_write_to_it(prod: Template, name: str) -> None:
    (alias,) = (
        found
        for key, found in prod.resources("AWS::Lambda::Alias").items()
        if key.startswith(f"{name.capitalize()}Function")
    )

    assert any(needed.startswith("PublisherFunctionLive") for needed in alias["DependsOn"])


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize(("stage", "days"), [("prod", 90), ("dev", 7), ("local", 1)])
def test_a_function_logs_where_logs_are_forgotten(
    request: pytest.FixtureRequest, stage: str, days: int, name: str
) -> None:
    template: Template = request.getfixturevalue(stage)
    log_group = logical_id_of(function(template, name)["LoggingConfig"]["LogGroup"])

    made = template.resources("AWS::Logs::LogGroup")[log_group]["Properties"]
    assert made == {"LogGroupName": f"/aws/lambda/tidings-{stage}-{name}", "RetentionInDays": days} | (
        {"Tags": made["Tags"]} if "Tags" in made else {}
    )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_gets_the_same_environment(prod: Template, name: str) -> None:
    variables = environment(prod, name)

    assert set(variables) == ENVIRONMENT
    assert variables["POWERTOOLS_SERVICE_NAME"] == name
    assert variables["POWERTOOLS_METRICS_NAMESPACE"] == "Tidings/prod"
    without_name = {key: value for key, value in variables.items() if key != "POWERTOOLS_SERVICE_NAME"}
    assert without_name == {
        key: value for key, value in environment(prod, "connect").items() if key != "POWERTOOLS_SERVICE_NAME"
    }


@pytest.mark.parametrize(
    ("variable", "resource"),
    [
        ("CONNECTIONS_TABLE", "StorageConnections"),
        ("SUBSCRIPTIONS_TABLE", "StorageSubscriptions"),
        ("EVENTS_TABLE", "StorageEvents"),
        ("ACCESS_TABLE", "StorageAccess"),
        ("SCHEDULE_TABLE", "StorageSchedule"),
        ("DELIVERY_QUEUE_URL", "QueuesDelivery"),
        ("PARTS_QUEUE_URL", "QueuesParts"),
        ("REJECTED_QUEUE_URL", "QueuesRejectedEvents"),
        ("WS_ENDPOINT", "WebSocketApi"),
    ],
)
def test_the_environment_names_what_it_says(prod: Template, variable: str, resource: str) -> None:
    found = logical_id_of(environment(prod, "publisher")[variable])

    assert re.fullmatch(rf"{resource}[0-9A-F]{{8}}", found)


def test_settings_reach_the_environment(prod: Template, prod_with_options: Template) -> None:
    assert environment(prod, "connect")["HEARTBEAT_SECONDS"] == "30"
    assert environment(prod_with_options, "connect")["HEARTBEAT_SECONDS"] == "120"
    assert environment(prod, "connect")["TOPIC_SHARDS"] == "8"


def test_reserved_concurrency_is_a_setting(prod_with_options: Template) -> None:
    reserved = {
        name: function(prod_with_options, name).get("ReservedConcurrentExecutions") for name in FUNCTIONS
    }

    assert reserved == {"publisher": 60, "connect": 5, "disconnect": None, "default": None, "scheduler": None}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_costs_extra_can_be_left_out(prod_with_options: Template, name: str) -> None:
    made = function(prod_with_options, name)

    assert "SnapStart" not in made
    assert made.get("TracingConfig", {"Mode": "PassThrough"}) == {"Mode": "PassThrough"}


@pytest.mark.parametrize(
    ("queue", "batch_size", "max_concurrency"), [("QueuesDelivery", 10, 50), ("QueuesParts", 1, 8)]
)
def test_the_publisher_takes_deliveries_and_may_fail_them_one_by_one(
    prod: Template, queue: str, batch_size: int, max_concurrency: int
) -> None:
    (mapping,) = (
        found["Properties"]
        for found in prod.resources("AWS::Lambda::EventSourceMapping").values()
        if re.fullmatch(rf"{queue}[0-9A-F]{{8}}", logical_id_of(found["Properties"]["EventSourceArn"]))
    )

    assert logical_id_of(mapping["FunctionName"]).startswith("PublisherFunctionLive")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["BatchSize"] == batch_size
    assert "MaximumBatchingWindowInSeconds" not in mapping
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": max_concurrency}


def test_only_the_publisher_may_send_work_to_itself(prod: Template) -> None:
    allowed = {name: function(prod, name).get("RecursiveLoop") for name in FUNCTIONS}

    assert allowed == dict.fromkeys(FUNCTIONS) | {"publisher": "Allow"}


@pytest.mark.parametrize("name", ["publisher", "scheduler"])
def test_an_event_that_failed_is_kept(prod: Template, name: str) -> None:
    label = name.capitalize()
    (config,) = (
        resource
        for key, resource in prod.resources("AWS::Lambda::EventInvokeConfig").items()
        if key.startswith(f"{label}Function")
    )

    assert config["Properties"]["Qualifier"] == "live"
    assert config["Properties"]["MaximumRetryAttempts"] == 2
    assert references(config["Properties"]["DestinationConfig"]).pop().startswith(f"Queues{label}Failed")
    assert any(needed.startswith(f"{label}FunctionLive") for needed in config["DependsOn"])


def test_the_local_run_finds_the_sources(local: Template) -> None:
    """What `aws:asset:path` names when staging and bundling are off; local.cloud runs the code from there."""
    for resource in local.resources("AWS::Lambda::Function").values():
        root = Path(resource["Metadata"]["aws:asset:path"])
        assert (root / "functions").is_dir()
        assert (root / "shared").is_dir()
