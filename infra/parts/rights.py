"""Hands each function the rights of the table in `infra/permissions.py`, and no others."""

from collections.abc import Mapping

from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms

from infra.config import FunctionName
from infra.parts.encryption import USE_KEY
from infra.parts.functions import Function
from infra.parts.queues import Queues
from infra.parts.storage import DUE_INDEX, Storage
from infra.parts.websocket_api import WebSocketApi
from infra.permissions import PERMISSIONS, Resource, secret_permissions


def grant_rights(
    functions: Mapping[FunctionName, Function],
    *,
    tables: Storage,
    queues: Queues,
    websocket: WebSocketApi,
    bus: events.IEventBus,
    key: kms.IKey | None,
    secret_arn: str | None,
) -> None:
    resources: Mapping[Resource, str] = {
        "connections": tables.connections.table_arn,
        "subscriptions": tables.subscriptions.table_arn,
        "events": tables.events.table_arn,
        "schedule": tables.schedule.table_arn,
        "schedule_due_index": f"{tables.schedule.table_arn}/index/{DUE_INDEX}",
        "access": tables.access.table_arn,
        "bus": bus.event_bus_arn,
        "delivery": queues.delivery.queue_arn,
        "parts": queues.parts.queue_arn,
        "rejected": queues.rejected.queue_arn,
        "publisher_failed": queues.publisher_failed.queue_arn,
        "scheduler_failed": queues.scheduler_failed.queue_arn,
        "post_to_connections": websocket.management_arn("POST"),
        "close_connections": websocket.management_arn("DELETE"),
    }
    for name, permissions in PERMISSIONS.items():
        for resource, actions in permissions.items():
            functions[name].grant(actions=actions, resource_arn=resources[resource])
    if key is not None:
        for function in functions.values():
            function.grant(actions=USE_KEY, resource_arn=key.key_arn)
    if secret_arn is not None:
        for name, secret_actions in secret_permissions(secret_arn).items():
            functions[name].grant(actions=secret_actions, resource_arn=secret_arn)
