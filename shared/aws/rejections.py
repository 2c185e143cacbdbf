"""The rejected-events queue on SQS: what could not be delivered, with the reasons."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.app.ports.rejections import Rejection
from shared.domain.limits import SQS_MESSAGE_BYTES

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True, slots=True, kw_only=True)
class SqsRejections:
    sqs: "SQSClient"
    url: str

    def put(self, rejection: Rejection) -> None:
        body = _body(rejection)
        if len(body.encode()) > SQS_MESSAGE_BYTES:
            # The bus's archive keeps the whole event. This names it.
            headed = {**rejection.content, "detail": "too large for this queue: see the bus's archive"}
            body = _body(Rejection(kind=rejection.kind, reasons=rejection.reasons, content=headed))
        self.sqs.send_message(QueueUrl=self.url, MessageBody=body)


def _body(rejection: Rejection) -> str:
    # ASCII: SQS refuses some control characters that JSON strings may hold only in escaped form.
    return json.dumps(
        {"kind": rejection.kind, "reasons": rejection.reasons, "content": rejection.content},
        separators=(",", ":"),
    )
