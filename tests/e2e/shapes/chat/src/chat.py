"""All routes of the chat: who is there is in the table, messages go to everybody by @connections."""

import json
import os
from typing import Any

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    del context
    asked = event["requestContext"]
    key = {"connection_id": asked["connectionId"]}
    match asked["routeKey"]:
        case "$connect":
            table.put_item(Item={**key, "name": asked["authorizer"]["name"]})
        case "$disconnect":
            table.delete_item(Key=key)
        case "who":
            names = sorted(str(item["name"]) for item in table.scan()["Items"])
            return {"statusCode": 200, "body": json.dumps(names)}
        case "sendmessage":
            address = f"https://{asked['domainName']}/{asked['stage']}"
            gateway = boto3.client("apigatewaymanagementapi", endpoint_url=address)
            text = json.dumps(
                {"from": asked["authorizer"]["name"], "text": json.loads(event["body"])["data"]}
            )
            for item in table.scan()["Items"]:
                gateway.post_to_connection(ConnectionId=str(item["connection_id"]), Data=text.encode())
    return {"statusCode": 200}
