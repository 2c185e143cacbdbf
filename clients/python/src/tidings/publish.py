"""`tidings publish`: one event onto the bus."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tidings.account import session
from tidings.errors import TidingsError
from tidings.producer import Producer, message


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
        aws, endpoint_url = session(given)
        bus = aws.client("events", endpoint_url=endpoint_url)
        producer = Producer(bus, bus=f"tidings-{given.stage}", source=given.source)
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
