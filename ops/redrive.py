"""Sends what waits in a failure queue on its way again. SQS's own redrive knows only one of the four queues.

The failure queues hold two shapes of a bus event: as EventBridge could not hand it over, and in Lambda's
envelope with `requestPayload`. Both go back on the bus under the id they had, and so nothing is sent twice.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from ops.stage import Stage
from ops.waiting import Waiting, delete, peek, received

QUEUES = {
    "rejected": "RejectedEvents",
    "delivery": "DeliveryFailed",
    "publisher": "PublisherFailed",
    "scheduler": "SchedulerFailed",
}


@dataclass(frozen=True)
class Plan:
    """What becomes of one message: put on the bus, sent to a queue, dropped, or left."""

    what: str
    event: Mapping[str, Any] | None = None
    queue: str | None = None
    body: str = ""
    left: bool = False


def plan_for(queue: str, message: Waiting) -> Plan:
    content = message.content
    if not isinstance(content, dict):
        return Plan("left: not JSON", left=True)
    if queue == "delivery":
        to = "Parts" if content.get("kind") == "part" else "Delivery"
        return Plan(
            f"{content.get('kind', 'a delivery')} to the {to.lower()} queue", queue=to, body=message.body
        )
    if queue == "rejected":
        return _plan_for_rejected(content)
    return _plan_for_event(content.get("requestPayload", content))


def _unwrapped(event: Any) -> Any:
    """The publisher's rule hands over the event beside the time at which the bus had it."""
    return event["event"] if isinstance(event, dict) and "ingested_at" in event else event


def _plan_for_rejected(content: Mapping[str, Any]) -> Plan:
    inner = content.get("content")
    if not isinstance(inner, dict):
        return Plan("left: it has no content", left=True)
    if content.get("kind") == "undeliverable":
        body = json.dumps(inner, separators=(",", ":"))
        return Plan(
            f"what is left of {inner.get('event_id')} to the delivery queue", queue="Delivery", body=body
        )
    return _plan_for_event(inner)


def _plan_for_event(event: Any) -> Plan:
    event = _unwrapped(event)
    if not isinstance(event, dict) or "detail-type" not in event:
        if isinstance(event, dict) and "Records" in event:
            return Plan("left: a batch of the queue, which SQS itself gives again", left=True)
        return Plan("left: neither a bus event nor one in Lambda's envelope", left=True)
    if event.get("source") == "aws.events":
        return Plan("dropped: a tick, which the next one has overtaken")
    if not isinstance(event.get("detail"), dict):
        return Plan("left: its detail is not kept whole; replay the bus's archive", left=True)
    return Plan(f"{event['detail-type']} {event.get('id')} back on the bus", event=event)


def carry_out(stage: Stage, plan: Plan) -> None:
    """Raises RuntimeError when the bus refuses the event."""
    if plan.queue is not None:
        stage.sqs.send_message(QueueUrl=stage.queues[plan.queue], MessageBody=plan.body)
    elif plan.event is not None:
        # The bus gives it another id: the one it had is kept where a producer's own would be.
        detail = {"id": plan.event.get("id"), **plan.event["detail"]}
        entry = {
            "EventBusName": stage.bus,
            "Source": plan.event["source"],
            "DetailType": plan.event["detail-type"],
            "Detail": json.dumps(detail, separators=(",", ":")),
        }
        if "time" in plan.event:
            entry["Time"] = plan.event["time"]
        answer = stage.events.put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise RuntimeError(f"the bus refused {plan.what}: {answer['Entries'][0].get('ErrorMessage')}")


def redrive(stage: Stage, queue: str, *, go: bool, limit: int, console: Console) -> int:
    """Say what would be done, or do it. Returns 0, or 1 when something is left behind."""
    name = QUEUES[queue]
    table = Table("waits since", "message", "what" if go else "what would be done", title=name)
    messages = received(stage, name, limit=limit) if go else peek(stage, name, limit=limit)
    done = left = 0
    for message in messages:
        plan = plan_for(queue, message)
        if go and not plan.left:
            carry_out(stage, plan)
            delete(stage, name, message)
        done, left = done + (not plan.left), left + plan.left
        table.add_row(_moment(message.sent_at), message.message_id[:8], plan.what)
    if not done + left:
        console.print(f"{name} is empty.")
        return 0
    console.print(table)
    console.print(
        f"{done} sent on their way, {left} left."
        if go
        else f"Nothing was done. {done} would be sent on their way, {left} left: add --go"
    )
    return int(left > 0)


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
