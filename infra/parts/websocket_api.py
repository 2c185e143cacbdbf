"""The WebSocket API and its one stage: routes, throttle, access log."""

import json
from typing import cast

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigwv2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
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
            detailed_metrics_enabled=True,
            throttle=apigwv2.ThrottleSettings(
                rate_limit=config.messages_per_second, burst_limit=config.messages_burst
            ),
        )
        self._log_accesses(config)

    def add_routes(
        self, *, connect: lambda_.Alias, disconnect: lambda_.Alias, default: lambda_.Alias
    ) -> None:
        """Separate from making the API, because the functions' environment names its endpoint."""
        self.api.add_route("$connect", integration=WebSocketLambdaIntegration("ToConnect", connect))
        self.api.add_route("$disconnect", integration=WebSocketLambdaIntegration("ToDisconnect", disconnect))
        # The route response carries the reply: no post to the connection, no right to post.
        self.api.add_route(
            "$default", integration=WebSocketLambdaIntegration("ToDefault", default), return_response=True
        )

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
