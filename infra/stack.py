"""The whole system: create, pass on, grant, output."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import FunctionName, StageConfig
from infra.parts.budget import MonthlyBudget
from infra.parts.bus import PUBLISH_PATTERN, SCHEDULE_PATTERN, WITH_INGESTION_TIME, Bus
from infra.parts.domain import CustomDomain
from infra.parts.encryption import USE_KEY, EncryptionKey
from infra.parts.functions import FUNCTIONS, Function
from infra.parts.monitoring import Monitoring
from infra.parts.queues import Queues
from infra.parts.schedule import Tick
from infra.parts.storage import DUE_INDEX, Storage
from infra.parts.websocket_api import WebSocketApi
from infra.permissions import PERMISSIONS, Resource, secret_permissions


class TidingsStack(Stack):
    def __init__(
        self, scope: Construct, construct_id: str, *, config: StageConfig, code: lambda_.Code
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"Tidings: real-time updates ({config.stage})",
            termination_protection=config.keep_data,
            tags={"project": "tidings", "stage": config.stage},
        )
        self._config = config
        self._encryption = (
            EncryptionKey(self, "Encryption", stage=config.stage, keep_data=config.keep_data)
            if config.customer_key
            else None
        )
        key = self._encryption.key if self._encryption else None
        self._storage = Storage(self, "Storage", keep_data=config.keep_data, key=key)
        self._queues = Queues(
            self,
            "Queues",
            publisher_timeout=Duration.seconds(FUNCTIONS[FunctionName.PUBLISHER].timeout_seconds),
            delivery_attempts=config.delivery_attempts,
            key=key,
        )
        self._bus = Bus(self, "Bus", config=config)
        self._websocket = WebSocketApi(self, "WebSocket", config=config)
        self._functions = self._make_functions(code)
        self._connect_everything()
        self._grant_rights()
        Monitoring(
            self,
            "Monitoring",
            config=config,
            functions=self._functions,
            queues=self._queues,
            websocket=self._websocket,
        )
        if config.monthly_budget_dollars and config.alarm_email:
            MonthlyBudget(self, "Budget", dollars=config.monthly_budget_dollars, tell=config.alarm_email)
        self._write_outputs()

    def _make_functions(self, code: lambda_.Code) -> Mapping[FunctionName, Function]:
        environment = self._environment()
        functions = {
            name: Function(
                self,
                f"{name.capitalize()}Function",
                name=name,
                config=self._config,
                code=code,
                environment=environment,
            )
            for name in FUNCTIONS
        }
        # First the function that reads what the others write: a new message never meets an old reader.
        for name, function in functions.items():
            if name != FunctionName.PUBLISHER:
                function.alias.node.add_dependency(functions[FunctionName.PUBLISHER].alias)
        return functions

    def _connect_everything(self) -> None:
        config, queues = self._config, self._queues
        publisher = self._functions[FunctionName.PUBLISHER]
        scheduler = self._functions[FunctionName.SCHEDULER]
        self._websocket.add_routes(
            connect=self._functions[FunctionName.CONNECT].alias,
            disconnect=self._functions[FunctionName.DISCONNECT].alias,
            default=self._functions[FunctionName.DEFAULT].alias,
        )
        self._bus.send(
            "Publish",
            pattern=PUBLISH_PATTERN,
            to=publisher.alias,
            failed=queues.publisher_failed,
            input_template=WITH_INGESTION_TIME,
        )
        self._bus.send(
            "Schedule", pattern=SCHEDULE_PATTERN, to=scheduler.alias, failed=queues.scheduler_failed
        )
        Tick(self, "Tick", stage=config.stage, to=scheduler.alias, failed=queues.scheduler_failed)
        publisher.take_from(
            queues.delivery,
            named="FromQueue",
            max_concurrency=config.publisher_max_concurrency,
            batch_size=10,
        )
        # A part fills an invocation by itself.
        publisher.take_from(
            queues.parts, named="FromParts", max_concurrency=config.parts_at_once, batch_size=1
        )
        publisher.keep_failed_events_in(queues.publisher_failed)
        scheduler.keep_failed_events_in(queues.scheduler_failed)

    def _grant_rights(self) -> None:
        storage, queues, websocket = self._storage, self._queues, self._websocket
        resources: Mapping[Resource, str] = {
            "connections": storage.connections.table_arn,
            "subscriptions": storage.subscriptions.table_arn,
            "events": storage.events.table_arn,
            "schedule": storage.schedule.table_arn,
            "schedule_due_index": f"{storage.schedule.table_arn}/index/{DUE_INDEX}",
            "access": storage.access.table_arn,
            "delivery": queues.delivery.queue_arn,
            "parts": queues.parts.queue_arn,
            "rejected": queues.rejected.queue_arn,
            "publisher_failed": queues.publisher_failed.queue_arn,
            "scheduler_failed": queues.scheduler_failed.queue_arn,
            "post_to_connections": websocket.management_arn("POST"),
            "close_connections": websocket.management_arn("DELETE"),
        }
        for name, permissions in PERMISSIONS.items():
            for resource, actions in permissions.items():
                self._functions[name].grant(actions=actions, resource_arn=resources[resource])
        if self._encryption is not None:
            for function in self._functions.values():
                function.grant(actions=USE_KEY, resource_arn=self._encryption.key.key_arn)
        secret = self._config.auth_secret_arn
        if secret is not None:
            for name, secret_actions in secret_permissions(secret).items():
                self._functions[name].grant(actions=secret_actions, resource_arn=secret)

    def _environment(self) -> Mapping[str, str]:
        config, storage, queues = self._config, self._storage, self._queues
        made = {
            "STAGE": config.stage,
            "CONNECTIONS_TABLE": storage.connections.table_name,
            "SUBSCRIPTIONS_TABLE": storage.subscriptions.table_name,
            "EVENTS_TABLE": storage.events.table_name,
            "SCHEDULE_TABLE": storage.schedule.table_name,
            "ACCESS_TABLE": storage.access.table_name,
            "DELIVERY_QUEUE_URL": queues.delivery.queue_url,
            "PARTS_QUEUE_URL": queues.parts.queue_url,
            "REJECTED_QUEUE_URL": queues.rejected.queue_url,
            "WS_ENDPOINT": self._websocket.management_endpoint(config),
            "POWERTOOLS_METRICS_NAMESPACE": config.metrics_namespace,
            "POWERTOOLS_LOG_LEVEL": config.log_level,
            # Powertools' tracer would otherwise put what handlers return into X-Ray.
            "POWERTOOLS_TRACER_CAPTURE_RESPONSE": "false",
        }
        return config.chosen_environment() | made

    def _write_outputs(self) -> None:
        config, storage, queues = self._config, self._storage, self._queues
        url = self._websocket.stage.url
        if config.domain_name and config.certificate_arn:
            domain = CustomDomain(
                self,
                "Domain",
                name=config.domain_name,
                path=config.domain_path,
                certificate_arn=config.certificate_arn,
                api=self._websocket.api,
                stage=self._websocket.stage,
            )
            url = domain.url
            self._output("DomainTarget", domain.dns_target, "Point the domain's CNAME or alias record here")
        self._output("WebSocketUrl", url, "Where clients connect")
        endpoint = self._websocket.management_endpoint(config)
        self._output("ManagementEndpoint", endpoint, "Where @connections is called")
        self._output("EventBusName", self._bus.bus.event_bus_name, "Where producers put events")
        self._output("ConnectionsTable", storage.connections.table_name, "Who is connected")
        self._output("SubscriptionsTable", storage.subscriptions.table_name, "Who hears which topic")
        self._output("EventsTable", storage.events.table_name, "What was told")
        self._output("AccessTable", storage.access.table_name, "Where producers put tickets")
        self._output("ScheduleTable", storage.schedule.table_name, "What will be told")
        self._output("DeliveryQueueUrl", queues.delivery.queue_url, "Deliveries to come")
        self._output("PartsQueueUrl", queues.parts.queue_url, "Parts of large events to come")
        self._output("RejectedEventsUrl", queues.rejected.queue_url, "Events that are not valid, and why")
        self._output("DeliveryFailedUrl", queues.delivery_failed.queue_url, "Deliveries given up")
        self._output("PublisherFailedUrl", queues.publisher_failed.queue_url, "Events not published")
        self._output("SchedulerFailedUrl", queues.scheduler_failed.queue_url, "Events and ticks not planned")

    def _output(self, name: str, value: str, description: str) -> None:
        CfnOutput(self, name, value=value, description=description)
