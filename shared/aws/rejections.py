"""The rejected-events queue on SQS: what could not be delivered, with the reasons."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shared.domain.limits import SQS_MESSAGE_BYTES

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsRejections:
    sqs: "SQSClient"
    url: str

    def put(self, kind: str, *, reasons: Sequence[str], content: Mapping[str, Any]) -> None:
        body = _body(kind, reasons, content)
        if len(body.encode()) > SQS_MESSAGE_BYTES:
            # The bus's archive keeps the whole event. This names it.
            headed = {**content, "detail": "too large for this queue: see the bus's archive"}
            body = _body(kind, reasons, headed)
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)


def _body(kind: str, reasons: Sequence[str], content: Mapping[str, Any]) -> str:
    # ASCII: SQS refuses some control characters that JSON strings may hold only in escaped form.
    return json.dumps({"kind": kind, "reasons": reasons, "content": content}, separators=(",", ":"))
