"""The rights that ops takes, as one policy document: `python -m ops --stage prod policy`."""

from typing import Any

from ops.stage import Stage

# What it is for -> actions. The resources are the stage's own by name, where AWS knows names.
READ_TABLES = (
    "dynamodb:BatchGetItem",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
    "dynamodb:Query",
)
QUEUES = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)
TAIL_QUEUES = ("sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes")
BUS = ("events:PutEvents",)
RULES = (
    "events:DeleteRule",
    "events:DisableRule",
    "events:EnableRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
)
FUNCTIONS = ("lambda:GetFunctionConfiguration",)
ACCOUNT = (
    "apigateway:GET",
    "cloudwatch:DescribeAlarms",
    "dynamodb:ListTables",
    "events:ListRules",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "servicequotas:GetServiceQuota",
    "sns:ListSubscriptionsByTopic",
    "sqs:ListQueues",
)


def policy(stage: Stage) -> dict[str, Any]:
    def arn(service: str, resource: str) -> str:
        return f"arn:aws:{service}:*:*:{resource}"

    name = stage.prefix
    statements = {
        "ReadTables": (READ_TABLES, [arn("dynamodb", f"table/{name}-*")]),
        "Queues": (QUEUES, [arn("sqs", f"{name}-*")]),
        "QueuesOfTail": (TAIL_QUEUES, [arn("sqs", f"{name}-ops-tail-*")]),
        "Bus": (BUS, [arn("events", f"event-bus/{name}")]),
        "Rules": (RULES, [arn("events", f"rule/{name}/{name}-*"), arn("events", f"rule/{name}-Tick*")]),
        "Functions": (FUNCTIONS, [arn("lambda", f"function:{name}-*")]),
        "Account": (ACCOUNT, ["*"]),
    }
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
            for sid, (actions, resources) in statements.items()
        ],
    }
