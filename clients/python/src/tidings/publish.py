"""`tidings publish`: one event onto the bus."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from tidings.errors import TidingsError
from tidings.producer import Producer, message

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

LOCAL_ENDPOINT = "http://localhost:4566"


def publish(given: argparse.Namespace) -> int:
    try:
        one = message(
            given.event_type,
            _read(given.data),
            user_id=given.user,
            id=given.id,
            deliver_at=given.deliver_at,
            schedule_key=given.schedule_key,
        )
        producer = Producer(_bus_client(given), bus=f"tidings-{given.stage}", source=given.source)
        producer.publish([one])
    except (ValueError, OSError, TidingsError, BotoCoreError, ClientError) as exc:
        print(f"Not published: {exc}", file=sys.stderr)
        return 1
    print(f"Published {given.event_type} {one.id} to {given.user or 'everyone on its channel'}")
    return 0


def _read(text: str) -> Any:
    if text == "-":
        return json.load(sys.stdin)
    return json.loads(Path(text[1:]).read_text(encoding="utf-8") if text.startswith("@") else text)


def _bus_client(given: argparse.Namespace) -> "EventBridgeClient":
    if given.stage != "local":
        return boto3.client("events", endpoint_url=given.endpoint_url)
    return boto3.client(
        "events",
        endpoint_url=given.endpoint_url or LOCAL_ENDPOINT,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local endpoint checks no signatures
    )
