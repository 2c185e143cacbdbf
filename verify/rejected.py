"""This run's own messages in the rejected-events queue: taken out, everybody else's left there."""

import asyncio
import json
from typing import Any

from ops.stage import Stage
from ops.waiting import delete, received
from verify.check import Broken
from verify.client import PATIENCE_SECONDS

LOOK_AGAIN_SECONDS = 0.5


class Rejected:
    def __init__(self, stage: Stage, run_id: str) -> None:
        self._stage = stage
        self._run_id = run_id
        self._found: dict[str, dict[str, Any]] = {}
        # One reader at a time, or each hides messages from the others.
        self._reading = asyncio.Lock()

    async def reasons(self, event_id: str) -> str:
        """Why this event was rejected. Raises Broken when it is not there."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (body := self._mine(event_id)) is None:
                    async with self._reading:
                        await asyncio.to_thread(self.take)
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            raise Broken(f"event {event_id} is not in the rejected-events queue") from None
        return "; ".join(body.get("reasons", ()))

    def take(self) -> int:
        """Take out what is this run's; returns how many there were."""
        count = 0
        for message in received(self._stage, "RejectedEvents"):
            if self._run_id in message.body:
                self._found[message.body] = json.loads(message.body)
                delete(self._stage, "RejectedEvents", message)
                count += 1
            else:
                self._stage.sqs.change_message_visibility(
                    QueueUrl=self._stage.queues["RejectedEvents"],
                    ReceiptHandle=message.receipt_handle,
                    VisibilityTimeout=0,
                )
        return count

    def _mine(self, event_id: str) -> dict[str, Any] | None:
        return next((body for text, body in self._found.items() if json.dumps(event_id) in text), None)
