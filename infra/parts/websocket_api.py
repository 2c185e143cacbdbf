"""The WebSocket API and its one stage: routes, throttle, access log."""

import json
from typing import cast

from aws_cdk import ArnFormat, Duration, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk.aws_apigatewayv2_integrations import WebSocketLambdaIntegration
from constructs import Construct

from infra.config import StageConfig
from infra.parts.logs import LogGroup

# Never a query string: tokens and user ids travel there. API Gateway requires requestId.
ACCESS_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "eventType": "$context.eventType",
    "routeKey": "$context.routeKey",
    "connectionId": "$context.connectionId",
    "sourceIp": "$context.identity.sourceIp",
    "status": "$context.status",
    "integrationStatus": "$context.integration.status",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.message",
    "errorType": "$context.error.responseType",
}


# So many seconds' worth of connects may come at once.
CONNECT_BURST_SECONDS = 5


class WebSocketApi(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.api = apigwv2.WebSocketApi(
            self,
            "Api",
            api_name=f"tidings-{config.stage}",
            description="Tidings: real-time updates",
            route_selection_expression="$request.body.action",
        )
        self.stage = apigwv2.WebSocketStage(
            self,
            "Stage",
            web_socket_api=self.api,
            stage_name=config.stage,
            auto_deploy=True,
            throttle=apigwv2.ThrottleSettings(
                rate_limit=config.messages_per_second, burst_limit=config.messages_per_second
            ),
        )
        if config.close_default_endpoint:
            api = cast("apigwv2.CfnApi", self.api.node.default_child)
            api.disable_execute_api_endpoint = True
        self._connects_per_second = config.connects_per_second
        self._log_accesses(config)
        self._failures = (config.metrics_namespace, "ApiFailures")

    def add_routes(
        self, *, connect: lambda_.Alias, disconnect: lambda_.Alias, default: lambda_.Alias
    ) -> None:
        """Separate from making the API, because the functions' environment names its endpoint."""
        first = self.api.add_route("$connect", integration=WebSocketLambdaIntegration("ToConnect", connect))
        self._throttle_connects(first)
        self.api.add_route("$disconnect", integration=WebSocketLambdaIntegration("ToDisconnect", disconnect))
        # The route response carries the reply: no post to the connection, no right to post.
        self.api.add_route(
            "$default", integration=WebSocketLambdaIntegration("ToDefault", default), return_response=True
        )
        # Without a route response: with one, AWS may send an empty frame for an answer without a body.
        self.api.add_route("pong", integration=WebSocketLambdaIntegration("ToPong", default))

    def _throttle_connects(self, route: apigwv2.WebSocketRoute) -> None:
        stage = cast("apigwv2.CfnStage", self.stage.node.default_child)
        stage.route_settings = {
            "$connect": {
                "ThrottlingRateLimit": self._connects_per_second,
                "ThrottlingBurstLimit": self._connects_per_second * CONNECT_BURST_SECONDS,
            }
        }
        self.stage.node.add_dependency(route)  # AWS refuses settings of a route that is not there yet

    def failures(self, *, period: Duration) -> cloudwatch.Metric:
        """Handshakes and messages answered with a 5xx; IntegrationError counts refused handshakes too."""
        namespace, name = self._failures
        return cloudwatch.Metric(
            namespace=namespace,
            metric_name=name,
            statistic="Sum",
            period=period,
        )

    def management_endpoint(self, config: StageConfig) -> str:
        """The stage's own address, also with a domain: it reaches every connection. Unless it is closed."""
        if config.close_default_endpoint:
            return f"https://{config.domain_name}/{config.domain_path}"
        return self.stage.callback_url

    def management_arn(self, method: str) -> str:
        """What a holder of execute-api:ManageConnections may call: one method, any connection, this stage."""
        return Stack.of(self).format_arn(
            service="execute-api",
            resource=self.api.api_id,
            resource_name=f"{self.stage.stage_name}/{method}/@connections/*",
        )

    def _log_accesses(self, config: StageConfig) -> None:
        log_group = LogGroup(
            self,
            "AccessLog",
            name=f"/aws/apigateway/tidings-{config.stage}",
            retention_days=config.log_retention_days,
        )
        log_group.add_metric_filter(
            "Failures",
            metric_namespace=config.metrics_namespace,
            metric_name="ApiFailures",
            filter_pattern=logs.FilterPattern.literal('{ $.status = "5*" }'),
        )
        stage = cast("apigwv2.CfnStage", self.stage.node.default_child)
        # Set on the L1: the L2 takes only an interface that has no class in Python. The ARN is
        # built from the name, because a log group's own ends in ":*", which API Gateway refuses.
        stage.access_log_settings = apigwv2.CfnStage.AccessLogSettingsProperty(
            destination_arn=Stack.of(self).format_arn(
                service="logs",
                resource="log-group",
                resource_name=log_group.log_group_name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
            format=json.dumps(ACCESS_LOG_FORMAT),
        )
        if config.account_logging_role:
            self.stage.node.add_dependency(AccountLoggingRole(self, "AccountLogging"))


class AccountLoggingRole(Construct):
    """The role API Gateway writes logs with, of which an account has one per Region.

    Both resources stay when the stack goes: other APIs of the account may log through them by then.
    """

    def __init__(self, scope: Construct, construct_id: str) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),
            managed_policies=[
                iam.ManagedPolicy.from_aws_managed_policy_name(
                    "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
                )
            ],
        )
        role.apply_removal_policy(RemovalPolicy.RETAIN)
        account = apigateway.CfnAccount(self, "Account", cloud_watch_role_arn=role.role_arn)
        account.apply_removal_policy(RemovalPolicy.RETAIN)
