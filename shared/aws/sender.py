"""The management API through boto3."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from shared.app.ports import Outcome, Posted

if TYPE_CHECKING:
    from mypy_boto3_apigatewaymanagementapi import ApiGatewayManagementApiClient

POSTS_IN_FLIGHT = 10

# API Gateway answers 410 and 403 without a body; the status is what is always there.
_OUTCOMES = {
    403: Outcome.REFUSED,
    410: Outcome.GONE,
    413: Outcome.TOO_LARGE,
    429: Outcome.THROTTLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagementApiSender:
    client: "ApiGatewayManagementApiClient"
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(POSTS_IN_FLIGHT))

    def post(self, message: bytes, connection_ids: Sequence[str]) -> Iterator[Posted]:
        return self.pool.map(lambda connection_id: self._post(message, connection_id), connection_ids)

    def _post(self, message: bytes, connection_id: str) -> Posted:
        try:
            self.client.post_to_connection(ConnectionId=connection_id, Data=message)
        except ClientError as exc:
            status = exc.response["ResponseMetadata"]["HTTPStatusCode"]
            return Posted(connection_id, _OUTCOMES.get(status, Outcome.FAILED))
        except BotoCoreError:
            return Posted(connection_id, Outcome.FAILED)
        return Posted(connection_id, Outcome.DELIVERED)

    def close(self, connection_id: str) -> None:
        try:
            self.client.delete_connection(ConnectionId=connection_id)
        except self.client.exceptions.GoneException:
            return
