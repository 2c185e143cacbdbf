"""Tidings as a construct: in its own stack as it always was, and in a stack of somebody else's."""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.config import ConfigError
from infra.node import prefer_node_of_environment
from infra.stages import STAGES, configure
from tests.infra.conftest import QUICK
from tests.infra.template import Template, references

prefer_node_of_environment()
from aws_cdk import App, CfnOutput, Stack, Validations  # noqa: E402 - importing it starts Node
from aws_cdk import aws_events as events  # noqa: E402
from aws_cdk import aws_iam as iam  # noqa: E402
from aws_cdk import aws_sns as sns  # noqa: E402
from cdk_nag import AwsSolutionsChecks  # noqa: E402

from infra.tidings import Tidings  # noqa: E402

# Of prod with everything that is optional, when Tidings was not yet a construct. What a stage has under
# another id is made anew: its tables begin empty, its address is another one.
DEPLOYED = Path(__file__).with_name("deployed_ids.txt")
OPEN: Mapping[str, Any] = {"like": "dev", "auth_mode": "none"}
# Where CloudFormation takes the names of resources that are named.
NAMES = (
    "AlarmName",
    "ArchiveName",
    "DashboardName",
    "FunctionName",
    "LogGroupName",
    "Name",
    "QueueName",
    "TableName",
)


class Shop(Stack):
    """Another team's stack, filled by the test."""


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(App(outdir=str(tmp_path), context=QUICK), "Shop")


def template_of(stack: Stack) -> Template:
    assembly = App.of(stack).synth()  # type: ignore[union-attr]  # it is in one
    return Template(json.loads(Path(assembly.directory, f"{stack.stack_name}.template.json").read_text()))


def names_in(template: Template) -> Counter[str]:
    found: Counter[str] = Counter()
    for resource in template.body["Resources"].values():
        # An alias and a rule's permission name the function they are for.
        if resource["Type"] not in ("AWS::Lambda::Alias", "AWS::Lambda::Permission"):
            given: Mapping[str, Any] = resource.get("Properties", {})
            found.update(
                f"{resource['Type']} {json.dumps(given[name])}"
                for name in NAMES
                if name in given and not references(given[name])
            )
    return found


def test_a_stage_that_was_deployed_keeps_its_resources(synthesise: Callable[..., Template]) -> None:
    made = synthesise(
        "prod",
        domain_name="api.example.com",
        certificate_arn="arn:aws:acm:eu-west-1:123456789012:certificate/1234",
        customer_key="true",
        bus_producers="arn:aws:iam::123456789012:role/shop",
        monthly_budget_dollars="200",
        alarm_email="oncall@example.com",
    )

    lines = (line.split() for line in DEPLOYED.read_text().splitlines())
    types = {name: resource["Type"] for name, resource in made.body["Resources"].items()}
    assert [line for line in lines if types.get(line[0]) != line[1]] == []


def test_a_stack_may_hold_two_of_different_stages(shop: Shop) -> None:
    for stage in ("orders", "support"):
        Tidings(shop, stage.capitalize(), stage=stage, **OPEN)

    names = names_in(template_of(shop))

    assert len(names) > 30
    assert [name for name, times in names.items() if times > 1] == []


def test_two_of_one_stage_would_have_the_same_names(shop: Shop) -> None:
    Tidings(shop, "One", stage="orders", **OPEN)

    with pytest.raises(ConfigError, match="Stage orders: the stack Shop has one of this name already"):
        Tidings(shop, "Two", stage="orders", **OPEN)


def test_a_backend_may_be_let_publish_and_gets_the_address(shop: Shop) -> None:
    backend = iam.Role(shop, "Backend", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
    realtime = Tidings(shop, "Realtime", stage="shop", **OPEN)
    realtime.grant_publish(backend)
    CfnOutput(shop, "Address", value=realtime.web_socket_url)
    CfnOutput(shop, "Table", value=realtime.tables.access.table_name)
    CfnOutput(shop, "Failed", value=realtime.queues.delivery_failed.queue_url)

    made = template_of(shop)

    policy = made.properties("AWS::IAM::Policy", name="BackendDefaultPolicy")["PolicyDocument"]
    [statement] = policy["Statement"]
    [bus] = made.resources("AWS::Events::EventBus")
    assert (statement["Action"], references(statement["Resource"])) == ("events:PutEvents", {bus})
    assert made.outputs["Address"]["Fn::Join"][1][-1] == "/shop"
    assert references(made.outputs["Table"]) < set(made.resources("AWS::DynamoDB::Table"))
    assert references(made.outputs["Failed"]) < set(made.resources("AWS::SQS::Queue"))


def test_events_can_come_from_a_bus_that_is_there(shop: Shop) -> None:
    bus = events.EventBus.from_event_bus_name(shop, "Company", "company")
    realtime = Tidings(shop, "Realtime", stage="shop", bus=bus, allowed_sources="shop.backend", **OPEN)

    made = template_of(shop)

    assert realtime.bus is bus
    assert not made.resources("AWS::Events::EventBus") | made.resources("AWS::Events::Archive")
    rules = [rule["Properties"] for rule in made.resources("AWS::Events::Rule").values()]
    on_bus = [rule["EventPattern"]["source"] for rule in rules if rule.get("EventBusName") == "company"]
    assert on_bus == [["shop.backend"], ["shop.backend"]]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        pytest.param({}, "a bus of yours carries other events, too", id="whose events"),
        pytest.param(
            {"allowed_sources": "shop", "bus_producers": "arn:aws:iam::123456789012:role/shop"},
            "bus_producers is for a bus that is made here",
            id="whose bus",
        ),
    ],
)
def test_a_bus_that_is_there_belongs_to_others_too(
    shop: Shop, settings: dict[str, Any], message: str
) -> None:
    bus = events.EventBus.from_event_bus_name(shop, "Company", "company")

    with pytest.raises(ConfigError, match=f"Stage shop: {message}"):
        Tidings(shop, "Realtime", stage="shop", bus=bus, **OPEN, **settings)


def test_alarms_go_to_a_topic_that_is_there(shop: Shop) -> None:
    topic = sns.Topic.from_topic_arn(shop, "OnCall", "arn:aws:sns:eu-west-1:123456789012:on-call")
    Tidings(shop, "Realtime", stage="shop", alarms_topic=topic, **OPEN)

    made = template_of(shop)

    alarms = [alarm["Properties"] for alarm in made.resources("AWS::CloudWatch::Alarm").values()]
    assert alarms
    for told in ("AlarmActions", "OKActions"):
        assert {tuple(alarm[told]) for alarm in alarms} == {(topic.topic_arn,)}
    assert not made.resources("AWS::SNS::Topic")


def test_what_the_checks_find_in_it_has_its_reason_there_too(shop: Shop) -> None:
    Tidings(shop, "Realtime", stage="shop", **OPEN)
    app = App.of(shop)
    assert app is not None
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))

    template_of(shop)  # raises with each finding that has no reason


@pytest.mark.parametrize(
    ("stage", "settings", "expected"),
    [
        pytest.param("shop", {"like": "dev", "auth_mode": "none"}, STAGES["dev"], id="like another"),
        pytest.param("dev", {"auth_mode": "none"}, STAGES["dev"], id="by its name"),
        pytest.param("shop", {"auth_mode": "none"}, STAGES["prod"], id="like prod"),
    ],
)
def test_what_is_not_set_is_as_in_another_stage(stage: str, settings: Any, expected: Any) -> None:
    like = settings.pop("like", None)
    made = configure(stage, settings, like=like)

    assert vars(made) == {**vars(expected), "stage": stage, "auth_mode": "none"}


@pytest.mark.parametrize(
    ("stage", "like", "given", "message"),
    [
        ("shop", "test", {}, "Stage shop: like must be one of dev, prod, local, not 'test'"),
        ("shop", "dev", {}, "Stage shop: say who may connect"),
        ("shop", None, {}, "Stage shop: auth_mode is jwt, and so needs auth_issuer"),
        ("Shop", "dev", {"auth_mode": "none"}, "Stage Shop: stage must look like dev, not 'Shop'"),
        ("s" * 41, "dev", {"auth_mode": "none"}, "stage must look like dev"),
        ("shop", "dev", {"auth_mod": "none"}, "Unknown setting 'auth_mod'. Did you mean auth_mode?"),
    ],
)
def test_a_stage_of_any_name_is_checked(
    stage: str, like: str | None, given: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        configure(stage, given, like=like)
