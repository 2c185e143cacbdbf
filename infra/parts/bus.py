"""The event bus: its archive, and the two rules that divide its events between publisher and scheduler."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import CfnResource, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import ConfigError, StageConfig
from tidings.catalog import Catalog

ANY_SOURCE = [{"prefix": ""}]

# To be told now: whatever does not ask to be delivered at a time, besides what we put on the bus ourselves.
PUBLISH_PATTERN: Mapping[str, Any] = {
    "detail-type": [{"anything-but": ["delivery.unseen"]}],
    "detail": {"deliver_at": [{"exists": False}]},
}


def schedule_pattern(catalog: Catalog) -> Mapping[str, Any]:
    """To be told later, or what changes plans. One rule with $or: two would deliver some events twice."""
    types = [name for name, type_ in catalog.types.items() if type_.changes_plans]
    return {
        "$or": [
            {"detail": {"deliver_at": [{"exists": True}]}},
            {"detail-type": [*types, "schedule.cancelled"]},
        ],
    }


# EventBridge's own times have whole seconds; the ingestion time may be finer. It orders the events of one
# conflation key that come within a second.
WITH_INGESTION_TIME = '{"event":<aws.events.event.json>,"ingested_at":<aws.events.event.ingestion-time>}'


class Bus(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: StageConfig,
        existing: events.IEventBus | None = None,
    ) -> None:
        """An `existing` bus gets the rules and nothing else. Raises ConfigError."""
        super().__init__(scope, construct_id)
        self._sources = config.allowed_sources.split(",") if config.allowed_sources else ANY_SOURCE
        if existing is not None:
            _check_existing(config)
        self.bus: events.IEventBus = existing or self._make_bus(config)

    def _make_bus(self, config: StageConfig) -> events.IEventBus:
        bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=f"tidings-{config.stage}",
            description="Events for the clients of Tidings",
        )
        bus.archive(
            "Archive",
            archive_name=f"tidings-{config.stage}",
            description="Everything put on the bus, to be replayed after a failure",
            event_pattern=events.EventPattern(source=events.Match.prefix("")),
            retention=Duration.days(config.archive_days),
        )
        return bus

    def admit(self, *producers: str) -> None:
        """Refuse everybody else of the account, whatever IAM lets them do; replays are AWS's own."""
        CfnResource(  # the CDK's own class warns of a property that is not used here
            self,
            "Producers",
            type="AWS::Events::EventBusPolicy",
            properties={
                "EventBusName": self.bus.event_bus_name,
                "StatementId": "OnlyProducers",
                "Statement": {
                    "Sid": "OnlyProducers",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "events:PutEvents",
                    "Resource": self.bus.event_bus_arn,
                    "Condition": {
                        "ArnNotLike": {"aws:PrincipalArn": list(producers)},
                        "Bool": {"aws:PrincipalIsAWSService": "false"},
                    },
                },
            },
        )

    def send(
        self,
        construct_id: str,
        *,
        pattern: Mapping[str, Any],
        to: lambda_.Alias,
        failed: sqs.Queue,
        input_template: str | None = None,
    ) -> None:
        """Invoke the function for each event that matches; what the bus cannot hand over goes to `failed`.

        `input_template`: what the function gets in place of the event.
        """
        rule = events.Rule(
            self,
            construct_id,
            event_bus=self.bus,
            event_pattern=events.EventPattern(source=events.Match.prefix("")),
            targets=[
                targets.LambdaFunction(
                    to, dead_letter_queue=failed, retry_attempts=185, max_event_age=Duration.hours(24)
                )
            ],
        )
        # Written on the L1: EventPattern has no word for $or.
        resource = cast("events.CfnRule", rule.node.default_child)
        resource.event_pattern = {"source": self._sources, **pattern}
        if input_template is not None:
            # Written on the L1, too: the L2 puts quotes around the event.
            resource.add_property_override("Targets.0.InputTransformer.InputTemplate", input_template)


def _check_existing(config: StageConfig) -> None:
    if not config.allowed_sources:
        raise ConfigError(
            f"Stage {config.stage}: a bus of yours carries other events, too: say which are for clients, "
            "as in allowed_sources=shop.backend"
        )
    if config.bus_producers:
        raise ConfigError(
            f"Stage {config.stage}: bus_producers is for a bus that is made here; who may put events on "
            "yours is said where it is made"
        )
