"""DynamoDB's conditional writes: a failed condition is an answer, not an error."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]


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
