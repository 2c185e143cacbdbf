"""Errors as boto3 raises them."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError


def client_error(
    code: str, message: str, operation: str, *, status: int = 400, more: Mapping[str, Any] | None = None
) -> ClientError:
    """`more` are fields beside the error: the row that failed a condition."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
        **(more or {}),
    }
    return ClientError(response, operation)


def invalid(message: str, operation: str = "Request") -> ClientError:
    return client_error("ValidationException", message, operation)
