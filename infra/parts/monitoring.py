"""What a person should be told, and the one page that shows how it is going."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.config import FunctionName, StageConfig
from infra.parts.functions import Function
from infra.parts.queues import Queues
from infra.parts.websocket_api import WebSocketApi

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)
# A delivery that waits longer than this is late for the person it was meant for.
DELIVERY_AGE_SECONDS = 120
# In five minutes. Clients send nonsense, and a handshake refused with a 4xx counts as an integration error.
CLIENT_ERRORS = 100
INTEGRATION_ERRORS = 10


class Monitoring(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        config: StageConfig,
        functions: Mapping[FunctionName, Function],
        queues: Queues,
        websocket: WebSocketApi,
    ) -> None:
        super().__init__(scope, construct_id)
        self._name = f"tidings-{config.stage}"
        self._namespace = config.metrics_namespace
        self._rows: list[list[cloudwatch.IWidget]] = []
        self._action = self._mail_to(config.alarm_email) if config.alarm_email else None

        self._show_deliveries()
        self._watch_queues(queues)
        self._watch_functions(functions)
        self._watch_api(websocket)
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            # Unlike everything else here, dashboards are of the whole account, not of a Region.
            dashboard_name=f"{self._name}-{Stack.of(self).region}",
            widgets=self._rows,
        )

    def _show_deliveries(self) -> None:
        def count(service: FunctionName, name: str) -> cloudwatch.Metric:
            return _own_metric(service, name, namespace=self._namespace, statistic="Sum")

        self._alarm(
            "PostsRefused",
            count(FunctionName.PUBLISHER, "PostsRefused"),
            why="API Gateway answers 403: the publisher's rights or its endpoint are wrong",
        )
        delays = [
            _own_metric(FunctionName.PUBLISHER, "PublishToDeliver", namespace=self._namespace, statistic=p)
            for p in ("p50", "p99")
        ]
        self._row(
            _graph(
                "Connections",
                [count(FunctionName.CONNECT, "Connected"), count(FunctionName.DISCONNECT, "Disconnected")],
            ),
            _graph(
                "Posts",
                [
                    count(FunctionName.PUBLISHER, n)
                    for n in ("Delivered", "Gone", "Throttled", "Failed", "PostsThrottled")
                ],
            ),
            _graph("From the producer to the last post, in seconds", delays),
        )
        self._row(
            _graph(
                "Planned", [count(FunctionName.SCHEDULER, n) for n in ("Planned", "Cancelled", "Released")]
            ),
            _graph("Late ticks", [count(FunctionName.SCHEDULER, n) for n in ("Overdue", "UnfinishedTicks")]),
            _graph("Sweep", [count(FunctionName.SCHEDULER, n) for n in ("SweptRows", "SweepUnits")]),
        )

    def _watch_queues(self, queues: Queues) -> None:
        waiting = {
            name: queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum")
            for name, queue in {
                "RejectedEvents": queues.rejected,
                "DeliveryFailed": queues.delivery_failed,
                "PublisherFailed": queues.publisher_failed,
                "SchedulerFailed": queues.scheduler_failed,
            }.items()
        }
        for name, metric in waiting.items():
            self._alarm(name, metric, why="Something waits for a person: docs/operations.md")
        age = queues.delivery.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum")
        self._alarm(
            "DeliveryAge",
            age,
            threshold=DELIVERY_AGE_SECONDS,
            periods=3,
            why="Deliveries wait: the publisher is too slow or failing",
        )
        self._row(
            _graph("Waiting for a person", [metric.with_(label=name) for name, metric in waiting.items()]),
            _graph("Oldest delivery in seconds", [age]),
        )

    def _watch_functions(self, functions: Mapping[FunctionName, Function]) -> None:
        for name, function in functions.items():
            label = name.capitalize()
            errors = function.alias.metric_errors(period=FIVE_MINUTES)
            throttles = function.alias.metric_throttles(period=FIVE_MINUTES)
            self._alarm(f"{label}Errors", errors, why=f"{name} failed: see its log")
            self._alarm(f"{label}Throttles", throttles, why=f"{name} ran out of concurrency")
        aliases = [function.alias for function in functions.values()]
        self._row(
            _graph("Function runs", [alias.metric_invocations() for alias in aliases]),
            _graph("Function errors", [alias.metric_errors() for alias in aliases]),
            _graph("Function p95 duration", [alias.metric_duration(statistic="p95") for alias in aliases]),
        )

    def _watch_api(self, websocket: WebSocketApi) -> None:
        def count(metric: str) -> cloudwatch.Metric:
            return websocket.stage.metric(metric, period=FIVE_MINUTES, statistic="Sum")

        client, integration, execution = map(count, ("ClientError", "IntegrationError", "ExecutionError"))
        self._alarm("ApiClientErrors", client, threshold=CLIENT_ERRORS, why="Many 4xx of the API")
        self._alarm(
            "ApiIntegrationErrors",
            integration,
            threshold=INTEGRATION_ERRORS,
            why="Functions refuse or fail many clients",
        )
        self._alarm("ApiExecutionErrors", execution, why="5xx: the API itself failed a client")
        self._row(
            _graph("Connects and messages", [count("ConnectCount"), count("MessageCount")]),
            _graph("API errors", [client, integration, execution]),
        )

    def _row(self, *graphs: cloudwatch.IWidget) -> None:
        self._rows.append(list(graphs))

    def _alarm(
        self, construct_id: str, metric: cloudwatch.Metric, *, why: str, threshold: int = 1, periods: int = 1
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            construct_id,
            alarm_name=f"{self._name}-{construct_id}",
            alarm_description=why,
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        if self._action:
            alarm.add_alarm_action(self._action)
            alarm.add_ok_action(self._action)

    def _mail_to(self, address: str) -> actions.SnsAction:
        topic = sns.Topic(self, "Alarms", display_name=f"{self._name} alarms", enforce_ssl=True)
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


def _graph(title: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)


def _own_metric(service: FunctionName, name: str, *, namespace: str, statistic: str) -> cloudwatch.Metric:
    """What the functions count themselves, under the dimension Powertools gives it."""
    return cloudwatch.Metric(
        namespace=namespace,
        metric_name=name,
        dimensions_map={"service": service},
        statistic=statistic,
        period=FIVE_MINUTES,
    )
