"""Hands the stream records of tables to the queues of those who read them; moto itself can only be polled."""

import json
from datetime import datetime
from typing import Any

from moto.dynamodb.models.table import StreamShard
from moto.sqs.models import sqs_backends

from local.cloud.stream_queues import prefix_of

_add: Any = StreamShard.add


def _add_and_hand_on(shard: Any, old: Any, new: Any) -> None:
    if old is not None and new is not None and old.to_json() == new.to_json():
        return  # a write that changes nothing makes no record
    _add(shard, old, new)
    table = shard.table
    record = shard.items[-1].to_json()
    body = json.dumps({**record, "awsRegion": table.region_name}, default=_as_json)
    backend = sqs_backends[table.account_id][table.region_name]
    for name in [name for name in backend.queues if name.startswith(prefix_of(table.name))]:
        backend.send_message(name, body)


def _as_json(value: Any) -> Any:
    return value.timestamp() if isinstance(value, datetime) else value.to_json()


def apply() -> None:
    setattr(StreamShard, "add", _add_and_hand_on)  # noqa: B010 - a method that mypy lets nobody replace
