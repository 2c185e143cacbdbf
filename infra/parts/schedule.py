"""The tick: once a minute, as often as a rule can. What is due in between, the scheduler delays itself."""

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct


class Tick(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, stage: str, to: lambda_.Alias, failed: sqs.Queue
    ) -> None:
        super().__init__(scope, construct_id)
        events.Rule(
            self,
            "Rule",
            description=f"Lets the scheduler of tidings-{stage} plan the next minute",
            schedule=events.Schedule.rate(Duration.minutes(1)),
            # A tick that is late by more than a minute has been overtaken by the next one.
            targets=[
                targets.LambdaFunction(
                    to, dead_letter_queue=failed, retry_attempts=2, max_event_age=Duration.minutes(1)
                )
            ],
        )
