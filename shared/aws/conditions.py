"""DynamoDB's conditional writes: a failed condition is an answer, not an error.

botocore sends a request again whose answer came too late, also when the first one was carried out. Then the
write fails its own condition. So each conditional write is harmless when it is carried out twice, or leaves
a trace of its caller by which it is recognised. docs/writes.md lists them all.
"""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


def new_writer() -> str:
    """A name for one call, to be kept in the row that it writes."""
    return os.urandom(8).hex()


def is_failed_condition(exc: ClientError) -> bool:
    return exc.response["Error"]["Code"] == "ConditionalCheckFailedException"


def row_of_failure(
    dynamodb: "DynamoDBClient", table: str, key: dict[str, Any], exc: ClientError
) -> Item | None:
    """The row that failed a condition, None when there is none. Raises `exc` when it is anything else.

    AWS sends the row with the failure when asked for ALL_OLD; some local engines do not, nor does AWS for a
    row that is not there: then it is read.
    """
    if not is_failed_condition(exc):
        raise exc
    sent: Any = exc.response.get("Item")
    if sent:
        return dict(sent)
    return dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
