"""The whole system: create, pass on, grant, output."""

from collections.abc import Mapping

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.config import FunctionName, StageConfig
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

        key = None
        if config.customer_key:
            key = EncryptionKey(self, "Encryption", stage=config.stage, keep_data=config.keep_data).key
        storage = Storage(self, "Storage", keep_data=config.keep_data, key=key)
        queues = Queues(
            self,
            "Queues",
            publisher_timeout=Duration.seconds(FUNCTIONS["publisher"].timeout_seconds),
            delivery_attempts=config.delivery_attempts,
            key=key,
        )
        bus = Bus(self, "Bus", stage=config.stage, archive_days=config.archive_days)
        websocket = WebSocketApi(self, "WebSocket", config=config)
        environment = _environment(config, storage=storage, queues=queues, websocket=websocket)
        functions: dict[FunctionName, Function] = {
            name: Function(
                self,
                f"{name.capitalize()}Function",
                name=name,
                config=config,
                code=code,
                environment=environment,
            )
            for name in FUNCTIONS
        }
        publisher, scheduler = functions["publisher"], functions["scheduler"]

        websocket.add_routes(
            connect=functions["connect"].alias,
            disconnect=functions["disconnect"].alias,
            default=functions["default"].alias,
        )
        bus.send(
            "Publish",
            pattern=PUBLISH_PATTERN,
            to=publisher.alias,
            failed=queues.publisher_failed,
            input_template=WITH_INGESTION_TIME,
        )
        bus.send("Schedule", pattern=SCHEDULE_PATTERN, to=scheduler.alias, failed=queues.scheduler_failed)
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
                functions[name].grant(actions=actions, resource_arn=resources[resource])

        if key is not None:
            for function in functions.values():
                function.grant(actions=USE_KEY, resource_arn=key.key_arn)
        if config.auth_secret_arn is not None:
            for name, secret_actions in secret_permissions(config.auth_secret_arn).items():
                functions[name].grant(actions=secret_actions, resource_arn=config.auth_secret_arn)

        Monitoring(self, "Monitoring", config=config, functions=functions, queues=queues, websocket=websocket)

        url = websocket.stage.url
        if config.domain_name and config.certificate_arn:
            domain = CustomDomain(
                self,
                "Domain",
                name=config.domain_name,
                certificate_arn=config.certificate_arn,
                api=websocket.api,
                stage=websocket.stage,
            )
            url = domain.url
            self._output("DomainTarget", domain.dns_target, "Point the domain's CNAME or alias record here")

        self._output("WebSocketUrl", url, "Where clients connect")
        self._output("ManagementEndpoint", websocket.stage.callback_url, "Where @connections is called")
        self._output("EventBusName", bus.bus.event_bus_name, "Where producers put events")
        self._output("ConnectionsTable", storage.connections.table_name, "Who is connected")
        self._output("SubscriptionsTable", storage.subscriptions.table_name, "Who hears which topic")
        self._output("EventsTable", storage.events.table_name, "What was told")
        self._output("AccessTable", storage.access.table_name, "Where producers put tickets")
        self._output("ScheduleTable", storage.schedule.table_name, "What will be told")
        self._output("RejectedEventsUrl", queues.rejected.queue_url, "Events that are not valid, and why")
        self._output("DeliveryFailedUrl", queues.delivery_failed.queue_url, "Deliveries given up")
        self._output("PublisherFailedUrl", queues.publisher_failed.queue_url, "Events not published")
        self._output("SchedulerFailedUrl", queues.scheduler_failed.queue_url, "Events and ticks not planned")

    def _output(self, name: str, value: str, description: str) -> None:
        CfnOutput(self, name, value=value, description=description)


def _environment(
    config: StageConfig, *, storage: Storage, queues: Queues, websocket: WebSocketApi
) -> Mapping[str, str]:
    return {
        "STAGE": config.stage,
        "CONNECTIONS_TABLE": storage.connections.table_name,
        "SUBSCRIPTIONS_TABLE": storage.subscriptions.table_name,
        "EVENTS_TABLE": storage.events.table_name,
        "SCHEDULE_TABLE": storage.schedule.table_name,
        "DELIVERY_QUEUE_URL": queues.delivery.queue_url,
        "PARTS_QUEUE_URL": queues.parts.queue_url,
        "PARTS_AT_ONCE": str(config.parts_at_once),
        "TARGETS_PER_RUN": str(config.targets_per_run),
        "REJECTED_QUEUE_URL": queues.rejected.queue_url,
        # The stage's own address also with a custom domain: it reaches every connection of the stage.
        "WS_ENDPOINT": websocket.stage.callback_url,
        "TOPIC_SHARDS": str(config.topic_shards),
        "HEARTBEAT_SECONDS": str(config.heartbeat_seconds),
        "HEARTBEAT_SHARES": str(config.heartbeat_shares),
        "SWEEP_UNITS_PER_TICK": str(config.sweep_units_per_tick),
        "ACCESS_TABLE": storage.access.table_name,
        **_access(config),
        "POSTS_PER_SECOND": str(config.posts_per_second),
        "POWERTOOLS_METRICS_NAMESPACE": config.metrics_namespace,
        "POWERTOOLS_LOG_LEVEL": config.log_level,
    }


def _access(config: StageConfig) -> Mapping[str, str]:
    """Who may connect. What is not set is left out, as the functions have the same defaults."""
    settings: Mapping[str, str | None] = {
        "AUTH_MODE": config.auth_mode,
        "AUTH_ISSUER": config.auth_issuer,
        "AUTH_AUDIENCE": config.auth_audience,
        "AUTH_JWKS_URL": config.auth_jwks_url,
        "AUTH_SECRET_ARN": config.auth_secret_arn,
        "AUTH_ALGORITHMS": config.auth_algorithms,
        "AUTH_USER_CLAIM": config.auth_user_claim,
        "AUTH_CHANNELS_CLAIM": config.auth_channels_claim,
        "ALLOWED_ORIGINS": config.allowed_origins or None,
        "ALLOW_MISSING_ORIGIN": str(config.allow_missing_origin).lower(),
        "CONNECTIONS_PER_USER": str(config.connections_per_user),
        "WHEN_USER_IS_FULL": config.when_user_is_full,
    }
    return {name: value for name, value in settings.items() if value is not None}
