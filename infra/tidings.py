"""The whole system as one construct: create, pass on, grant."""

import os
from collections.abc import Mapping
from typing import Any

from aws_cdk import Annotations, Duration, Stack, Token
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra import stages
from infra.acknowledgements import acknowledge_findings
from infra.bundle import compiles
from infra.cautions import cautions
from infra.config import ConfigError, FunctionName
from infra.parts.budget import MonthlyBudget
from infra.parts.bundling import function_code
from infra.parts.bus import PUBLISH_PATTERN, WITH_INGESTION_TIME, Bus, schedule_pattern
from infra.parts.domain import CustomDomain
from infra.parts.encryption import EncryptionKey
from infra.parts.functions import FUNCTIONS, Function
from infra.parts.monitoring import Monitoring
from infra.parts.queues import Queues
from infra.parts.rights import grant_rights
from infra.parts.schedule import Tick
from infra.parts.storage import Storage
from infra.parts.websocket_api import WebSocketApi
from tidings import loading

# In the context of an app that is about to run on this machine.
LOCAL_RUN = "tidings:local"


class Tidings(Construct):
    """Real-time updates, within any stack.

    What it makes is named after `stage`: two of them in one account need two. `settings` are the fields of
    StageConfig; what is not given is as in the stage `like`, which is `dev` or, by default, `prod`. Events
    come from `bus`, or from a bus that is made for them. `alarms_topic` is told of alarms.

    Raises ConfigError when a setting is missing or wrong, DeclarationError for what is wrong with the events.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: str,
        like: str | None = None,
        bus: events.IEventBus | None = None,
        alarms_topic: sns.ITopic | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(scope, construct_id)
        if self.node.try_get_context(LOCAL_RUN):
            stage = like = stages.LOCAL
        self.config = stages.configure(stage, settings, like=like)
        self._events, self._catalog = loading.check(self.config.events)
        self._only_one_of_its_stage()
        key = self._make_key()
        self.tables = Storage(self, "Storage", keep_data=self.config.keep_data, key=key)
        self.queues = Queues(
            self,
            "Queues",
            publisher_timeout=Duration.seconds(FUNCTIONS[FunctionName.PUBLISHER].timeout_seconds),
            delivery_attempts=self.config.delivery_attempts,
            key=key,
        )
        self._bus = Bus(self, "Bus", config=self.config, existing=bus)
        self.bus = self._bus.bus
        self._websocket = WebSocketApi(self, "WebSocket", config=self.config)
        self._functions = self._make_functions()
        if self.config.bus_producers:
            # The publisher says on the bus what was not seen in time.
            publisher = self._functions[FunctionName.PUBLISHER]
            self._bus.admit(*self.config.bus_producers.split(","), publisher.role.role_arn)
        self._connect_everything()
        grant_rights(
            self._functions,
            tables=self.tables,
            queues=self.queues,
            websocket=self._websocket,
            bus=self.bus,
            key=key,
            secret_arn=self.config.auth_secret_arn,
        )
        self._watch(alarms_topic)
        self.domain = self._make_domain()
        self.web_socket_url: str = self.domain.url if self.domain else self._websocket.stage.url
        """Where clients connect."""
        self.management_endpoint: str = self._websocket.management_endpoint(self.config)
        """Where `@connections` is called."""
        self._say_what_to_know()

    def grant_publish(self, grantee: iam.IGrantable) -> iam.Grant:
        """Let a backend put events on the bus. Where `bus_producers` is set, it must be among them, too."""
        return self.bus.grant_put_events_to(grantee)

    def _only_one_of_its_stage(self) -> None:
        stack, name = Stack.of(self), f"tidings-{self.config.stage}"
        if stack.node.try_find_child(name) is not None:
            raise ConfigError(
                f"Stage {self.config.stage}: the stack {stack.node.id} has one of this name already: "
                "each needs a stage of its own"
            )
        Construct(stack, name)

    def _make_key(self) -> kms.IKey | None:
        config = self.config
        if not config.customer_key:
            return None
        return EncryptionKey(self, "Encryption", stage=config.stage, keep_data=config.keep_data).key

    def _make_functions(self) -> Mapping[FunctionName, Function]:
        environment, code = self._environment(), function_code(self._events)
        functions = {
            name: Function(
                self,
                f"{name.capitalize()}Function",
                name=name,
                config=self.config,
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
        queues = self.queues
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
            "Schedule",
            pattern=schedule_pattern(self._catalog),
            to=scheduler.alias,
            failed=queues.scheduler_failed,
        )
        Tick(self, "Tick", stage=self.config.stage, to=scheduler.alias, failed=queues.scheduler_failed)
        publisher.take_from(
            queues.delivery,
            named="FromQueue",
            max_concurrency=self.config.publisher_max_concurrency,
            batch_size=10,
        )
        # A part fills an invocation by itself.
        publisher.take_from(
            queues.parts, named="FromParts", max_concurrency=self.config.parts_at_once, batch_size=1
        )
        publisher.keep_failed_events_in(queues.publisher_failed)
        scheduler.keep_failed_events_in(queues.scheduler_failed)

    def _watch(self, alarms_topic: sns.ITopic | None) -> None:
        config = self.config
        Monitoring(
            self,
            "Monitoring",
            config=config,
            functions=self._functions,
            queues=self.queues,
            websocket=self._websocket,
            alarms_topic=alarms_topic,
        )
        if config.monthly_budget_dollars and config.alarm_email:
            MonthlyBudget(self, "Budget", dollars=config.monthly_budget_dollars, tell=config.alarm_email)

    def _make_domain(self) -> CustomDomain | None:
        config = self.config
        if not (config.domain_name and config.certificate_arn):
            return None
        return CustomDomain(
            self,
            "Domain",
            name=config.domain_name,
            path=config.domain_path,
            certificate_arn=config.certificate_arn,
            api=self._websocket.api,
            stage=self._websocket.stage,
        )

    def _environment(self) -> Mapping[str, str]:
        config, tables, queues = self.config, self.tables, self.queues
        made = {
            "STAGE": config.stage,
            "EVENTS": self._events.module,
            "CONNECTIONS_TABLE": tables.connections.table_name,
            "SUBSCRIPTIONS_TABLE": tables.subscriptions.table_name,
            "EVENTS_TABLE": tables.events.table_name,
            "SCHEDULE_TABLE": tables.schedule.table_name,
            "ACCESS_TABLE": tables.access.table_name,
            "EVENT_BUS": self.bus.event_bus_name,
            "DELIVERY_QUEUE_URL": queues.delivery.queue_url,
            "PARTS_QUEUE_URL": queues.parts.queue_url,
            "REJECTED_QUEUE_URL": queues.rejected.queue_url,
            "WS_ENDPOINT": self._websocket.management_endpoint(config),
            "POWERTOOLS_METRICS_NAMESPACE": config.metrics_namespace,
            "POWERTOOLS_LOG_LEVEL": config.log_level,
        }
        return config.chosen_environment() | made

    def _say_what_to_know(self) -> None:
        """What will hurt, and the reasons for what cdk-nag finds. Of a local stage neither is said."""
        if self.config.stage == stages.LOCAL:
            return
        for caution in cautions(self.config, region=_region(self), compiled=compiles()):
            Annotations.of(self).add_warning_v2(*caution)
        acknowledge_findings(self, self.config)


def _region(scope: Construct) -> str | None:
    """Where it will be, as far as one can tell: the stack says it, or the CLI, or the credentials do."""
    region = Stack.of(scope).region
    if not Token.is_unresolved(region):
        return region
    names = ("CDK_DEFAULT_REGION", "AWS_REGION", "AWS_DEFAULT_REGION")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)
