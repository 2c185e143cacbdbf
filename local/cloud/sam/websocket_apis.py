"""AWS::Serverless::WebSocketApi: the API, its stage, and a route with an integration for each of its Routes.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-websocketapi.html
"""

from collections.abc import Mapping
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.sam.generated import Generated, integration_uri, required

V2 = "AWS::ApiGatewayV2::"
CONNECT = "$connect"
PREDEFINED = {CONNECT, "$disconnect", "$default"}
API = ("ApiKeySelectionExpression", "Description")
STAGE = ("AccessLogSettings", "DefaultRouteSettings", "RouteSettings", "StageVariables")
ROUTE = (
    "ApiKeyRequired",
    "ModelSelectionExpression",
    "RequestModels",
    "RequestParameters",
    "RouteResponseSelectionExpression",
)
AUTH_TYPES = ("NONE", "AWS_IAM", "CUSTOM")


def expand_websocket_api(logical_id: str, body: Mapping[str, Any]) -> Generated:
    properties = body["Properties"]
    generated = Generated()
    api = {name: properties.get(name) for name in API}
    api["Name"] = properties.get("Name", logical_id)
    api["ProtocolType"] = "WEBSOCKET"
    api["RouteSelectionExpression"] = required(logical_id, properties, "RouteSelectionExpression")
    generated.add(logical_id, f"{V2}Api", api)
    _add_stage(generated, logical_id, properties)
    authorization = _authorization(generated, logical_id, properties)
    for key, route in required(logical_id, properties, "Routes").items():
        _add_route(generated, logical_id, key, route, authorization if key == CONNECT else {})
    if properties.get("Domain"):
        generated.add(f"{logical_id}DomainName", f"{V2}DomainName", {})
    return generated


def _add_stage(generated: Generated, logical_id: str, properties: Mapping[str, Any]) -> None:
    name = properties.get("StageName", "default")
    stage = {key: properties.get(key) for key in STAGE}
    stage |= {"ApiId": {"Ref": logical_id}, "StageName": name, "AutoDeploy": True}
    middle = name if isinstance(name, str) and name.isalnum() else ""
    generated.names[f"{logical_id}.Stage"] = generated.add(f"{logical_id}{middle}Stage", f"{V2}Stage", stage)


def _authorization(generated: Generated, logical_id: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties of the $connect route."""
    auth = properties.get("Auth")
    if not auth:
        return {}
    if CONNECT not in properties.get("Routes", {}):
        raise TemplateError(f"{logical_id}: Auth needs a {CONNECT} route")
    kind = required(logical_id, auth, "AuthType")
    if kind not in AUTH_TYPES:
        raise TemplateError(f"{logical_id}: Auth.AuthType is {kind}, not one of {', '.join(AUTH_TYPES)}")
    if kind != "CUSTOM":
        return {"AuthorizationType": kind}
    authorizer = {
        "ApiId": {"Ref": logical_id},
        "AuthorizerType": "REQUEST",
        "AuthorizerUri": integration_uri(required(logical_id, auth, "AuthArn")),
        "IdentitySource": auth.get("IdentitySource"),
    }
    made = generated.add(f"{logical_id}ConnectAuthorizer", f"{V2}Authorizer", authorizer)
    return {"AuthorizationType": kind, "AuthorizerId": {"Ref": made}}


def _add_route(
    generated: Generated,
    logical_id: str,
    key: str,
    route: Mapping[str, Any],
    authorization: Mapping[str, Any],
) -> None:
    if key not in PREDEFINED and not key.isalnum():
        raise TemplateError(f"{logical_id}: Routes: {key} is neither alphanumeric nor a predefined route")
    base = logical_id + key.removeprefix("$").capitalize()
    api = {"ApiId": {"Ref": logical_id}}
    integration = {
        **api,
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": integration_uri(required(f"{logical_id}.Routes.{key}", route, "FunctionArn")),
        "TimeoutInMillis": route.get("IntegrationTimeout"),
    }
    made = generated.add(f"{base}Integration", f"{V2}Integration", integration)
    passed = {name: route.get(name) for name in ROUTE}
    target = {"Fn::Join": ["/", ["integrations", {"Ref": made}]]}
    generated.add(
        f"{base}Route", f"{V2}Route", {**api, "RouteKey": key, "Target": target, **passed, **authorization}
    )
