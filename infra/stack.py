"""A stack with nothing but Tidings in it, which says what it made."""

from aws_cdk import CfnOutput, Stack
from constructs import Construct

from infra.config import StageConfig
from infra.tidings import Tidings


class TidingsStack(Stack):
    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Tidings: real-time updates ({config.stage})",
            termination_protection=config.keep_data,
            tags={"project": "tidings", "stage": config.stage},
        )
        # The CDK leaves this id out of logical ids: those of stages that were deployed before must stay.
        self.tidings = Tidings(self, "Default", **vars(config))
        self._write_outputs(self.tidings)

    def _write_outputs(self, made: Tidings) -> None:
        tables, queues = made.tables, made.queues
        if made.domain is not None:
            target = made.domain.dns_target
            self._output("DomainTarget", target, "Point the domain's CNAME or alias record here")
        self._output("WebSocketUrl", made.web_socket_url, "Where clients connect")
        self._output("ManagementEndpoint", made.management_endpoint, "Where @connections is called")
        self._output("EventBusName", made.bus.event_bus_name, "Where producers put events")
        self._output("ConnectionsTable", tables.connections.table_name, "Who is connected")
        self._output("SubscriptionsTable", tables.subscriptions.table_name, "Who hears which topic")
        self._output("EventsTable", tables.events.table_name, "What was told")
        self._output("AccessTable", tables.access.table_name, "Where producers put tickets")
        self._output("ScheduleTable", tables.schedule.table_name, "What will be told")
        self._output("DeliveryQueueUrl", queues.delivery.queue_url, "Deliveries to come")
        self._output("PartsQueueUrl", queues.parts.queue_url, "Parts of large events to come")
        self._output("RejectedEventsUrl", queues.rejected.queue_url, "Events that are not valid, and why")
        self._output("DeliveryFailedUrl", queues.delivery_failed.queue_url, "Deliveries given up")
        self._output("PublisherFailedUrl", queues.publisher_failed.queue_url, "Events not published")
        self._output("SchedulerFailedUrl", queues.scheduler_failed.queue_url, "Events and ticks not planned")

    def _output(self, name: str, value: str, description: str) -> None:
        CfnOutput(self, name, value=value, description=description)
