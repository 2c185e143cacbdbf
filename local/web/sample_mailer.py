"""A stand-in for what mails: a rule on the bus, its queue, and a line for each item not seen in time."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web
from rich.console import Console

from local.cloud.poller import Poller
from local.cloud.sqs import Sqs

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

NAME = "sample-mailer"
PATTERN = {"source": ["tidings"], "detail-type": ["delivery.unseen"]}
# The bus delivers at least once: so many ids are known again.
REMEMBERED = 500


@dataclass(slots=True)
class SampleMailer:
    events: "EventBridgeClient"
    sqs: "SQSClient"
    bus: str
    say: Callable[[str], object] = field(default_factory=lambda: Console().print)
    _told: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    def attach(self, app: web.Application) -> None:
        app.cleanup_ctx.append(self._running)

    async def _running(self, _app: web.Application) -> Any:
        url = self._make_rule()
        async with Sqs(self.sqs.meta.endpoint_url) as sqs:
            letters = Letters(sqs, url, concurrency=1)
            letters.mail = self.mail
            letters.start()
            yield
            await letters.close()

    def _make_rule(self) -> str:
        url = self.sqs.create_queue(QueueName=NAME)["QueueUrl"]
        asked = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        self.events.put_rule(Name=NAME, EventBusName=self.bus, EventPattern=json.dumps(PATTERN))
        target: Any = {"Id": NAME, "Arn": asked["Attributes"]["QueueArn"]}
        self.events.put_targets(Rule=NAME, EventBusName=self.bus, Targets=[target])
        return url

    def mail(self, detail: dict[str, Any]) -> None:
        """Say what would be mailed, once for each id."""
        if detail["id"] in self._told:
            return
        self._told.append(detail["id"])
        event, reason = detail["data"]["event"], detail["data"]["reason"].replace("_", " ")
        self.say(f"mail to {detail['user_id']}: {event['type']} {event['id']} was not seen ({reason})")


class Letters(Poller):
    mail: Callable[[dict[str, Any]], None]

    async def work_on(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            self.mail(json.loads(message["Body"])["detail"])
        await self._sqs.delete(self.queue_url, [message["ReceiptHandle"] for message in messages])
