"""What somebody is told of, and by whom it could be set off: never by a stranger who only has the address."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)


class Alarms(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, prefix: str, tell: str | None, topic: sns.ITopic | None
    ) -> None:
        """`tell` is mailed, `topic` is somebody's own, whose policy must let alarms in; both may be given."""
        super().__init__(scope, construct_id)
        self._prefix = prefix
        self._actions = [self._mail_to(tell)] if tell else []
        self._actions += [actions.SnsAction(topic)] if topic else []
        self.made: list[cloudwatch.Alarm] = []

    def add(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        *,
        why: str,
        at_least: float = 1,
        periods: int = 1,
        of: int | None = None,
    ) -> None:
        """Alarm when `periods` of the last `of` periods of the metric are at or above `at_least`."""
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=why,
            metric=metric,
            threshold=at_least,
            evaluation_periods=of or periods,
            datapoints_to_alarm=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        for action in self._actions:
            alarm.add_alarm_action(action)
            alarm.add_ok_action(action)
        self.made.append(alarm)

    def _mail_to(self, address: str) -> actions.SnsAction:
        topic = sns.Topic(self, "Topic", display_name=f"{self._prefix} alarms", enforce_ssl=True)
        topic.add_to_resource_policy(
            iam.PolicyStatement(  # a topic with a policy of its own has lost the one that lets alarms in
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
            )
        )
        topic.add_subscription(subscriptions.EmailSubscription(address))
        return actions.SnsAction(topic)
