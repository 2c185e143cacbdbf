"""What a person should be told, and the one page that shows how it is going."""

from collections.abc import Mapping

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.config import FunctionName, StageConfig
from infra.parts.alarms import FIVE_MINUTES, MINUTE, Alarms
from infra.parts.functions import Function
from infra.parts.queues import Queues
from infra.parts.websocket_api import WebSocketApi

# The publisher counts it for every delivery: now, less the moment for which the delivery was meant.
LATENESS = "DeliveryLatenessSeconds"
LATE_SECONDS = 60
# Delays of up to 15 minutes are meant, and a delivery that fails is tried for 20. What is older is stuck.
STUCK_SECONDS = 30 * 60
# Of `history`: whether all that was missed could be told.
VERDICTS = ("HistoryRecovered", "HistoryExpired", "HistoryEpoch", "HistoryAhead")
HOW_TO_READ = """\
**Is it well?** No alarm is red, and lateness is below a second. \
**Does it wait for a person?** Every queue of the first row is empty, else `python -m ops doctor` \
says what to do. \
**Owed and not delivered**: given up, also for clients that do not read; it is in the rejected events. \
**Refused** are handshakes and messages that were no good: strangers do that, and nobody is told.
"""


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
        alarms_topic: sns.ITopic | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        self._namespace = config.metrics_namespace
        self._functions, self._queues, self._websocket = functions, queues, websocket
        prefix = f"tidings-{config.stage}"
        self._alarms = Alarms(self, "Alarms", prefix=prefix, tell=config.alarm_email, topic=alarms_topic)
        self._watch_deliveries()
        self._watch_queues()
        self._watch_functions()
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            # Unlike everything else here, dashboards are of the whole account, not of a Region.
            dashboard_name=f"{prefix}-{Stack.of(self).region}",
            widgets=self._rows(),
        )

    def _watch_deliveries(self) -> None:
        self._alarms.add(
            "DeliveriesLate",
            self._own(FunctionName.PUBLISHER, LATENESS, statistic="p90"),
            at_least=LATE_SECONDS,
            periods=2,
            of=3,
            why="One delivery in ten comes a minute late or more: see the publisher's log and its limits",
        )
        self._alarms.add(
            "PostsRefused",
            self._own(FunctionName.PUBLISHER, "PostsRefused"),
            why="API Gateway answers 403 to posts: the publisher's rights or its endpoint are wrong",
        )
        self._alarms.add(
            "EventsRejected",
            cloudwatch.MathExpression(
                expression="FILL(published, 0) + FILL(planned, 0)",
                using_metrics={
                    "published": self._own(FunctionName.PUBLISHER, "EventsRejected"),
                    "planned": self._own(FunctionName.SCHEDULER, "EventsRejected"),
                },
                label="events that are not valid",
                period=FIVE_MINUTES,
            ),
            why="A producer puts events that are not valid: the rejected-events queue has them, and why",
        )

    def _watch_queues(self) -> None:
        waiting = self._waiting_for_a_person()
        for name in ("DeliveryFailed", "PublisherFailed", "SchedulerFailed"):
            self._alarms.add(name, waiting[name], why="Something waits for a person: python -m ops doctor")
        ages = {
            name: queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum")
            for name, queue in {"delivery": self._queues.delivery, "parts": self._queues.parts}.items()
        }
        self._alarms.add(
            "DeliveriesStuck",
            cloudwatch.MathExpression(
                expression="MAX([FILL(delivery, 0), FILL(parts, 0)])",
                using_metrics=ages,
                label="age of the oldest delivery",
                period=MINUTE,
            ),
            at_least=STUCK_SECONDS,
            periods=3,
            why="Nothing takes deliveries off their queue: is the publisher's event source mapping enabled?",
        )

    def _watch_functions(self) -> None:
        for name, function in self._functions.items():
            label = name.capitalize()
            self._alarms.add(
                f"{label}Errors",
                function.alias.metric_errors(period=FIVE_MINUTES),
                periods=2,
                of=3,
                why=f"{name} fails again and again: see its log",
            )
            # A burst of events may wait for its turn: lateness tells when that hurts.
            if name != FunctionName.PUBLISHER:
                self._alarms.add(
                    f"{label}Throttles",
                    function.alias.metric_throttles(period=FIVE_MINUTES),
                    periods=2,
                    of=3,
                    why=f"{name} ran out of concurrency: ask AWS for more (python -m ops doctor)",
                )
        self._alarms.add(
            "ApiFailures",
            self._websocket.failures(period=FIVE_MINUTES),
            periods=2,
            of=3,
            why="Clients were answered with a 5xx again and again: see the access log",
        )

    def _waiting_for_a_person(self) -> Mapping[str, cloudwatch.Metric]:
        queues = {
            "RejectedEvents": self._queues.rejected,
            "DeliveryFailed": self._queues.delivery_failed,
            "PublisherFailed": self._queues.publisher_failed,
            "SchedulerFailed": self._queues.scheduler_failed,
        }
        return {
            name: queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum")
            for name, queue in queues.items()
        }

    def _rows(self) -> list[list[cloudwatch.IWidget]]:
        def own(name: FunctionName, *metrics: str) -> list[cloudwatch.IMetric]:
            return [self._own(name, metric) for metric in metrics]

        def api(*metrics: str) -> list[cloudwatch.IMetric]:
            return [
                self._websocket.stage.metric(one, period=FIVE_MINUTES, statistic="Sum") for one in metrics
            ]

        waiting = [metric.with_(label=name) for name, metric in self._waiting_for_a_person().items()]
        lateness = [self._own(FunctionName.PUBLISHER, LATENESS, statistic=p) for p in ("p50", "p99")]
        aliases = [(name, function.alias) for name, function in self._functions.items()]
        throttled = [self._websocket.failures(period=FIVE_MINUTES), *api("ClientError")]
        return [
            [cloudwatch.TextWidget(markdown=HOW_TO_READ, width=24, height=3)],
            [
                cloudwatch.AlarmStatusWidget(title="Alarms", alarms=self._alarms.made, width=8, height=5),
                _numbers("Waiting for a person", waiting),
                _numbers("Lateness in seconds", lateness),
            ],
            [
                _graph("Lateness of deliveries in seconds", lateness, mark=LATE_SECONDS),
                _graph(
                    "Posts to connections",
                    own(FunctionName.PUBLISHER, "Delivered", "Gone", "Throttled", "Failed", "PostsThrottled"),
                ),
                _graph(
                    "Connections begun and ended",
                    own(FunctionName.CONNECT, "Connected") + own(FunctionName.DISCONNECT, "Disconnected"),
                ),
            ],
            [
                _graph("Planned for later", own(FunctionName.SCHEDULER, "Planned", "Cancelled", "Released")),
                _graph(
                    "Overdue",
                    own(FunctionName.SCHEDULER, "Overdue", "OverdueWindows", "UnfinishedTicks"),
                ),
                _graph("Refused", own(FunctionName.CONNECT, "Refused") + throttled),
            ],
            [
                _graph("Owed and not delivered", self._owed()),
                _graph("Verdicts on what was missed", own(FunctionName.DEFAULT, *VERDICTS)),
                _graph(
                    "Begun by another run",
                    own(FunctionName.PUBLISHER, "EventsPending", "DeliveriesRecheckEvent"),
                ),
            ],
            [
                _graph("Runs of the functions", [a.metric_invocations(label=n) for n, a in aliases]),
                _graph("Errors of the functions", [a.metric_errors(label=n) for n, a in aliases]),
                _graph(
                    "p95 of their duration",
                    [a.metric_duration(label=n, statistic="p95") for n, a in aliases],
                ),
            ],
        ]

    def _owed(self) -> list[cloudwatch.IMetric]:
        """Connections that should have got an event. One that went away is `Gone`, and is owed nothing."""
        given_up = cloudwatch.MathExpression(
            expression="FILL(throttled, 0) + FILL(failed, 0)",
            using_metrics={
                "throttled": self._own(FunctionName.PUBLISHER, "Throttled"),
                "failed": self._own(FunctionName.PUBLISHER, "Failed"),
            },
            label="given up",
            period=FIVE_MINUTES,
        )
        return [given_up, self._own(FunctionName.PUBLISHER, "Retries")]

    def _own(self, service: FunctionName, name: str, *, statistic: str = "Sum") -> cloudwatch.Metric:
        """What the functions count themselves, under the dimension `service`."""
        return cloudwatch.Metric(
            namespace=self._namespace,
            metric_name=name,
            dimensions_map={"service": service},
            statistic=statistic,
            period=FIVE_MINUTES,
        )


def _graph(
    title: str, metrics: list[cloudwatch.IMetric] | list[cloudwatch.Metric], *, mark: float | None = None
) -> cloudwatch.GraphWidget:
    line = [] if mark is None else [cloudwatch.HorizontalAnnotation(value=mark, label="an alarm")]
    return cloudwatch.GraphWidget(title=title, left=list(metrics), left_annotations=line, width=8)


def _numbers(title: str, metrics: list[cloudwatch.Metric]) -> cloudwatch.SingleValueWidget:
    return cloudwatch.SingleValueWidget(title=title, metrics=list(metrics), width=8, height=5)
