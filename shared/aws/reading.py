"""Reads the answers of Query with json.loads: one or two microseconds an item, where botocore takes ten.

botocore calls `before-parse` listeners before it parses an answer. Ours parses the answer instead, and its
result becomes part of botocore's. Signing, retries and errors stay botocore's.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_OK = 200
_lean = threading.local()


def read_lean(dynamodb: "DynamoDBClient") -> None:
    """Let this client read lean where `lean()` asks for it; telling it twice changes nothing."""
    dynamodb.meta.events.register("before-parse.dynamodb.Query", _read, unique_id="tidings-lean")


@contextmanager
def lean() -> Iterator[None]:
    """The Query calls of this thread answer with what DynamoDB sent, as json.loads reads it."""
    _lean.on = True
    try:
        yield
    finally:
        _lean.on = False


def _read(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_more: Any) -> None:
    kind = response_dict["headers"].get("content-type", "")
    if not getattr(_lean, "on", False) or response_dict["status_code"] != _OK or "amz-json" not in kind:
        return
    customized_response_dict.update(json.loads(response_dict["body"]))
    response_dict["body"] = b"{}"
