"""Everything that the workshop's template is about, seen from its functions."""

import json
import os
from typing import Any

import boto3
import words  # type: ignore[import-not-found]  # a module of the layer
from botocore.config import Config


def post(endpoint: str, connection_id: str, message: Any) -> None:
    # As AWS's own samples do: the address is built from the event, and no setting knows of it.
    gateway = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint)
    gateway.post_to_connection(ConnectionId=connection_id, Data=json.dumps(message))


def invoke(function: str, payload: Any) -> Any:
    answer = boto3.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload))
    return json.loads(answer["Payload"].read() or "null")


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    asked = event["requestContext"]
    endpoint = (
        f"https://{asked['apiId']}.execute-api.{os.environ['AWS_REGION']}.amazonaws.com/{asked['stage']}"
    )
    if asked["eventType"] != "MESSAGE":
        return {"statusCode": 200}
    answer: Any
    match json.loads(event["body"])["action"]:
        case "add":
            answer = invoke(os.environ["ADD"], {"a": 1, "b": 2})
        case "boot":
            answer = invoke(os.environ["BOOT"], {"up": True})
        case "about":
            secrets = boto3.client(
                "secretsmanager", endpoint_url="https://secretsmanager.us-east-1.amazonaws.com"
            )
            secret = secrets.get_secret_value(SecretId=os.environ["KEY"])["SecretString"]
            answer = {**json.loads(secret), "limit": os.environ["LIMIT"], "words": words.HELLO}
        case "far":
            # No service of that name is here, and none may be reached.
            translate = boto3.client(
                "translate",
                endpoint_url="https://translate.us-east-1.amazonaws.com",
                config=Config(retries={"total_max_attempts": 1}),
            )
            try:
                answer = translate.translate_text(Text="x", SourceLanguageCode="en", TargetLanguageCode="de")
            except translate.exceptions.ClientError as refused:
                answer = refused.response["Error"]["Message"]
        case "save":
            item = {"id": asked["connectionId"], "endpoint": endpoint}
            boto3.resource("dynamodb").Table(os.environ["TABLE"]).put_item(Item=item)
            return {"statusCode": 200}
    post(endpoint, asked["connectionId"], answer)
    return {"statusCode": 200}


def tell(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        item = record["dynamodb"]["NewImage"]
        post(item["endpoint"]["S"], item["id"]["S"], {"stored": record["eventName"]})
