"""The authorizer: everybody but Mallory may come in."""

from typing import Any


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    del context
    name = event["queryStringParameters"]["name"]
    effect = "Deny" if name == "mallory" else "Allow"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {
        "principalId": name,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": {"name": name},
    }
