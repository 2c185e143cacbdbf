"""Who may do what: function -> resource -> exact actions. The stack grants this and nothing else."""

from collections.abc import Mapping
from typing import Literal

from infra.config import FunctionName

Resource = Literal[
    "connections",
    "subscriptions",
    "events",
    "schedule",
    "schedule_due_index",
    "access",
    "bus",
    "delivery",
    "parts",
    "rejected",
    "publisher_failed",
    "scheduler_failed",
    "post_to_connections",
    "close_connections",
]

FROM_QUEUE = (
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
    "sqs:SendMessage",
)

PERMISSIONS: Mapping[FunctionName, Mapping[Resource, tuple[str, ...]]] = {
    FunctionName.CONNECT: {
        "connections": ("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem"),
        "subscriptions": ("dynamodb:BatchWriteItem", "dynamodb:Query"),
        # Redeems tickets and reads revocations; only producers issue tickets.
        "access": ("dynamodb:GetItem", "dynamodb:UpdateItem"),
        "delivery": ("sqs:SendMessage",),
    },
    FunctionName.DISCONNECT: {
        "connections": ("dynamodb:DeleteItem", "dynamodb:GetItem"),
        "subscriptions": ("dynamodb:BatchWriteItem",),
    },
    FunctionName.DEFAULT: {
        "connections": ("dynamodb:GetItem", "dynamodb:UpdateItem"),
        "subscriptions": (
            "dynamodb:DeleteItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        # The inbox's items, and the cursor at the head of the user's stream.
        # Where streams stand, and what is kept of them; an offset that nobody filled is filled by its reader.
        "events": (
            "dynamodb:BatchGetItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        "access": ("dynamodb:GetItem",),
        "delivery": ("sqs:SendMessage",),
    },
    FunctionName.PUBLISHER: {
        "connections": (
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:UpdateItem",
        ),
        "subscriptions": ("dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:Query"),
        # To forget a user takes Query, Scan and BatchWriteItem of these three.
        "events": (
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ),
        # Planned messages, and the windows of conflated events.
        "schedule": (
            "dynamodb:BatchWriteItem",
            "dynamodb:DeleteItem",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Scan",
        ),
        "access": ("dynamodb:BatchWriteItem", "dynamodb:PutItem", "dynamodb:Scan"),
        # What was not seen in time.
        "bus": ("events:PutEvents",),
        # Receive, delete and attributes are what its event source mapping polls with.
        "delivery": FROM_QUEUE,
        "parts": FROM_QUEUE,
        "rejected": ("sqs:SendMessage",),
        "publisher_failed": ("sqs:SendMessage",),
        "post_to_connections": ("execute-api:ManageConnections",),
        "close_connections": ("execute-api:ManageConnections",),
    },
    FunctionName.SCHEDULER: {
        # The sweep: finds rows of lost connections, and removes them.
        "connections": ("dynamodb:BatchGetItem", "dynamodb:DeleteItem"),
        "subscriptions": ("dynamodb:BatchWriteItem", "dynamodb:Query"),
        "schedule": ("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        "schedule_due_index": ("dynamodb:Query",),
        "delivery": ("sqs:SendMessage",),
        "rejected": ("sqs:SendMessage",),
        "scheduler_failed": ("sqs:SendMessage",),
    },
}


def secret_permissions(arn: str) -> Mapping[FunctionName, tuple[str, ...]]:
    """What reads the shared secret of HS256, on stages that have one: who lets in, and who lets stay."""
    action = "secretsmanager:GetSecretValue" if ":secretsmanager:" in arn else "ssm:GetParameter"
    return {FunctionName.CONNECT: (action,), FunctionName.DEFAULT: (action,)}
