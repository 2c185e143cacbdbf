"""AWS::Serverless::SimpleTable and AWS::Serverless::LayerVersion: one resource each."""

from collections.abc import Mapping
from typing import Any

from local.cloud.errors import TemplateError
from local.cloud.sam.generated import Generated

TYPES = {"String": "S", "Number": "N", "Binary": "B"}


def expand_table(logical_id: str, body: Mapping[str, Any]) -> Generated:
    properties = body["Properties"]
    key = properties.get("PrimaryKey") or {"Name": "id", "Type": "String"}
    kind = key.get("Type", "String")
    if kind not in TYPES:
        raise TemplateError(f"{logical_id}: PrimaryKey.Type is {kind}, not one of {', '.join(TYPES)}")
    throughput = properties.get("ProvisionedThroughput")
    generated = Generated()
    generated.add(
        logical_id,
        "AWS::DynamoDB::Table",
        {
            "TableName": properties.get("TableName"),
            "AttributeDefinitions": [{"AttributeName": key["Name"], "AttributeType": TYPES[kind]}],
            "KeySchema": [{"AttributeName": key["Name"], "KeyType": "HASH"}],
            "ProvisionedThroughput": throughput,
            "BillingMode": "PAY_PER_REQUEST" if throughput is None else None,
        },
    )
    return generated


def expand_layer(logical_id: str, body: Mapping[str, Any]) -> Generated:
    generated = Generated()
    properties = body["Properties"]
    uri = properties.get("ContentUri", ".")
    content = {"S3Bucket": uri.get("Bucket"), "S3Key": uri.get("Key")} if isinstance(uri, Mapping) else uri
    layer = {"LayerName": properties.get("LayerName"), "Content": content}
    generated.add(logical_id, "AWS::Lambda::LayerVersion", layer)
    return generated
