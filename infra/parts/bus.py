"""The event bus: its archive, and the two rules that divide its events between publisher and scheduler."""

from collections.abc import Mapping
from typing import Any, cast

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

ANY_SOURCE = [{"prefix": ""}]

# To be told now: whatever does not ask to be delivered at a time.
PUBLISH_PATTERN: Mapping[str, Any] = {"source": ANY_SOURCE, "detail": {"deliver_at": [{"exists": False}]}}

# To be told later, or what plans and drops reminders. One rule with $or: two would deliver some events twice.
SCHEDULE_PATTERN: Mapping[str, Any] = {
    "$or": [
        {"detail": {"deliver_at": [{"exists": True}]}},
        {
            "detail-type": [
                "interview.scheduled",
                "interview.updated",
                "followup.scheduled",
                "followup.sent",
                "schedule.cancelled",
            ]
        },
    ],
}


# EventBridge's own times have whole seconds; the ingestion time may be finer. It orders the events of one
# conflation key that come within a second.
WITH_INGESTION_TIME = '{"event":<aws.events.event.json>,"ingested_at":<aws.events.event.ingestion-time>}'


class Bus(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, stage: str, archive_days: int) -> None:
        super().__init__(scope, construct_id)
        self.bus = events.EventBus(
            self,
            "Bus",
            event_bus_name=f"tidings-{stage}",
            description="Events for the clients of Tidings",
        )
        self.bus.archive(
            "Archive",
            archive_name=f"tidings-{stage}",
            description="Everything put on the bus, to be replayed after a failure",
            event_pattern=events.EventPattern(source=events.Match.prefix("")),
            retention=Duration.days(archive_days),
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
        resource.event_pattern = dict(pattern)
        if input_template is not None:
            # Written on the L1, too: the L2 puts quotes around the event.
            resource.add_property_override("Targets.0.InputTransformer.InputTemplate", input_template)
