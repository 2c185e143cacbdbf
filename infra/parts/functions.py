"""The one way a function is made: runtime, role, logs, version, alias."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from aws_cdk import Annotations, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import FunctionName, StageConfig
from infra.parts.logs import LogGroup

LIVE = "live"
# Lambda gives one whole vCPU at 1,769 MB: what signs and posts is worth it, the others wait for DynamoDB.
ONE_CPU_MB = 1_769


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    description: str
    timeout_seconds: int
    memory_mb: int = 512
    waited_for: bool = True
    """Somebody waits while it starts: worth a snapshot where the stage has them."""
    sends_to_itself: bool = False
    """Lambda otherwise stops a function that reaches itself over a queue 16 times in one chain."""


FUNCTIONS: Mapping[FunctionName, FunctionSpec] = {
    FunctionName.CONNECT: FunctionSpec(description="$connect: registers a connection", timeout_seconds=10),
    FunctionName.DISCONNECT: FunctionSpec(
        description="$disconnect: removes a connection's rows", timeout_seconds=10, waited_for=False
    ),
    FunctionName.DEFAULT: FunctionSpec(
        description="$default: answers a client's message", timeout_seconds=10
    ),
    FunctionName.PUBLISHER: FunctionSpec(
        description="Posts events to their audience",
        timeout_seconds=60,
        memory_mb=ONE_CPU_MB,
        # Windows of conflated events follow one another, and an audience may take several runs: no loops.
        sends_to_itself=True,
    ),
    FunctionName.SCHEDULER: FunctionSpec(
        description="Plans pings, reminders and delayed events",
        timeout_seconds=60,
        waited_for=False,
        # A thousand messages due at once take over a second of a whole CPU: benchmarks/schedule.
        memory_mb=ONE_CPU_MB,
    ),
}


class Function(Construct):
    """`alias` is what callers target: SnapStart restores published versions only, never $LATEST."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: FunctionName,
        config: StageConfig,
        code: lambda_.Code,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        spec = FUNCTIONS[name]
        physical_name = f"tidings-{config.stage}-{name}"
        log_group = LogGroup(
            self, "Logs", name=f"/aws/lambda/{physical_name}", retention_days=config.log_retention_days
        )
        self.role = iam.Role(
            self,
            "Role",
            description=f"What {physical_name} may do",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        log_group.grant_write(self.role)
        self.handler = lambda_.Function(
            self,
            "Handler",
            function_name=physical_name,
            description=spec.description,
            runtime=lambda_.Runtime.PYTHON_3_14,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"functions.{name}.handler.handler",
            code=code,
            role=self.role,
            log_group=log_group,
            environment={**environment, "POWERTOOLS_SERVICE_NAME": name},
            timeout=Duration.seconds(spec.timeout_seconds),
            memory_size=spec.memory_mb,
            tracing=lambda_.Tracing.ACTIVE if config.tracing else lambda_.Tracing.DISABLED,
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS
            if config.snap_start and spec.waited_for
            else None,
            recursive_loop=lambda_.RecursiveLoop.ALLOW if spec.sends_to_itself else None,
            reserved_concurrent_executions=config.reserved_concurrency.get(name),
        )
        Annotations.of(self.handler).acknowledge_warning(
            "@aws-cdk/aws-lambda:snapStartRequirePublish", "Callers target the alias of a published version"
        )
        # The CDK makes a function wait for its role and the role's policy; cfn-lint: needlessly.
        cast("lambda_.CfnFunction", self.handler.node.default_child).add_metadata(
            "cfn-lint", {"config": {"ignore_checks": ["W3005"]}}
        )
        self.alias = lambda_.Alias(self, "Live", alias_name=LIVE, version=self.handler.current_version)

    def grant(self, *, actions: tuple[str, ...], resource_arn: str) -> None:
        self.role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[resource_arn]))

    def take_from(self, queue: sqs.IQueue, *, named: str, max_concurrency: int, batch_size: int) -> None:
        """Poll the queue; a batch may fail in part. The permission to poll is granted in the stack."""
        lambda_.EventSourceMapping(
            self,
            named,
            target=self.alias,
            event_source_arn=queue.queue_arn,
            batch_size=batch_size,
            report_batch_item_failures=True,
            max_concurrency=max_concurrency,
        )

    def keep_failed_events_in(self, queue: sqs.IQueue) -> None:
        """Events invoke asynchronously: after two retries Lambda sends what failed, and why, to the queue.

        The permission to send is not granted here but with the others, in the stack.
        """
        on_failure = lambda_.CfnEventInvokeConfig(
            self,
            "OnFailure",
            function_name=self.handler.function_name,
            qualifier=self.alias.alias_name,
            maximum_retry_attempts=2,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(destination=queue.queue_arn)
            ),
        )
        on_failure.node.add_dependency(self.alias)  # names it, which CloudFormation does not see
