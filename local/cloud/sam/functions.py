"""AWS::Serverless::Function: the function, its alias, and what its properties generate beside it.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
"""

from collections.abc import Mapping
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.sam.events import add_event
from local.cloud.sam.generated import Generated, required

# The same property of AWS::Lambda::Function; what is not here says nothing to the local run.
PASSED = (
    "FunctionName",
    "Handler",
    "Runtime",
    "PackageType",
    "Timeout",
    "MemorySize",
    "Environment",
    "Layers",
    "ReservedConcurrentExecutions",
)


def expand_function(logical_id: str, body: Mapping[str, Any]) -> Generated:
    properties = body["Properties"]
    generated = Generated()
    passed = {name: properties.get(name) for name in PASSED}
    dead_letter = properties.get("DeadLetterQueue")
    if dead_letter:
        passed["DeadLetterConfig"] = {"TargetArn": required(logical_id, dead_letter, "TargetArn")}
    generated.add(logical_id, "AWS::Lambda::Function", {**passed, "Code": _code(properties)})
    generated.resources[logical_id]["Metadata"] = body.get("Metadata") or {}
    if "Role" not in properties:
        generated.add(f"{logical_id}Role", "AWS::IAM::Role", {})
    arn: dict[str, Any] = {"Fn::GetAtt": [logical_id, "Arn"]}
    alias = properties.get("AutoPublishAlias")
    if alias is not None:
        arn = _publish(generated, logical_id, alias)
    invoking = properties.get("EventInvokeConfig")
    if invoking:
        config = {**invoking, "FunctionName": {"Ref": logical_id}, "Qualifier": alias or "$LATEST"}
        generated.add(f"{logical_id}EventInvokeConfig", "AWS::Lambda::EventInvokeConfig", config)
    for name, event in (properties.get("Events") or {}).items():
        add_event(generated, f"{logical_id}{name}", event, arn)
    return generated


def _code(properties: Mapping[str, Any]) -> Any:
    """As AWS::Lambda::Function words it; a path stays a path, as before `package` has replaced it."""
    if properties.get("PackageType") == "Image" or "ImageUri" in properties:
        return {"ImageUri": properties.get("ImageUri", "")}
    if "InlineCode" in properties:
        return {"ZipFile": properties["InlineCode"]}
    uri = properties.get("CodeUri", ".")  # without one, SAM takes the template's folder
    return {"S3Bucket": uri.get("Bucket"), "S3Key": uri.get("Key")} if isinstance(uri, Mapping) else uri


def _publish(generated: Generated, logical_id: str, alias: Any) -> dict[str, Any]:
    if not isinstance(alias, str):
        raise TemplateError(f"{logical_id}: AutoPublishAlias must be a plain name for the local run")
    function = {"FunctionName": {"Ref": logical_id}}
    version = generated.add(f"{logical_id}Version", "AWS::Lambda::Version", function)
    made = generated.add(
        f"{logical_id}Alias{alias}",
        "AWS::Lambda::Alias",
        {**function, "Name": alias, "FunctionVersion": {"Fn::GetAtt": [version, "Version"]}},
    )
    generated.names[f"{logical_id}.Version"] = version
    generated.names[f"{logical_id}.Alias"] = made
    return {"Ref": made}
