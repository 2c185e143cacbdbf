"""SQS as the pollers of the local system use it: the JSON protocol over one HTTP session, without threads."""

from collections.abc import Iterable, Mapping
from typing import Any, Self

import aiohttp

MAX_BATCH = 10
LONG_POLL_SECONDS = 20
# moto reads the service out of the credential scope and checks no signature.
_SCOPE = "local/20260101/us-east-1/sqs/aws4_request"
_AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature=local"


class SqsError(Exception):
    """SQS refused a request."""


class Sqs:
    def __init__(self, endpoint: str) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        self._http = aiohttp.ClientSession(endpoint, connector=connector)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._http.close()

    async def receive(
        self, queue_url: str, *, up_to: int = MAX_BATCH, wait_seconds: int = LONG_POLL_SECONDS
    ) -> list[dict[str, Any]]:
        answer = await self._call(
            "ReceiveMessage",
            QueueUrl=queue_url,
            MaxNumberOfMessages=min(up_to, MAX_BATCH),
            WaitTimeSeconds=wait_seconds,
            AttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        return messages

    async def delete(self, queue_url: str, receipt_handles: Iterable[str]) -> None:
        handles = list(receipt_handles)
        for start in range(0, len(handles), MAX_BATCH):
            batch = handles[start : start + MAX_BATCH]
            entries = [{"Id": str(place), "ReceiptHandle": handle} for place, handle in enumerate(batch)]
            await self._call("DeleteMessageBatch", QueueUrl=queue_url, Entries=entries)

    async def send(self, queue_url: str, body: str, attributes: Mapping[str, str] | None = None) -> None:
        typed = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in (attributes or {}).items()
            if value
        }
        await self._call("SendMessage", QueueUrl=queue_url, MessageBody=body, MessageAttributes=typed)

    async def _call(self, action: str, **request: Any) -> dict[str, Any]:
        headers = {
            "Authorization": _AUTHORIZATION,
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AmazonSQS.{action}",
        }
        timeout = aiohttp.ClientTimeout(total=request.get("WaitTimeSeconds", 0) + 30.0)
        async with self._http.post("/", json=request, headers=headers, timeout=timeout) as response:
            text = await response.text()
            if response.status != 200:  # noqa: PLR2004 - HTTP's own number
                raise SqsError(f"{action}: {response.status} {text[:300]}")
            answer: dict[str, Any] = await response.json(content_type=None) if text else {}
            return answer
