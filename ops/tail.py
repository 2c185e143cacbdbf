"""What is on the bus right now, and what becomes of it."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from ops.rows import event_of
from ops.stage import Stage
from ops.why import told

# What a killed one leaves behind has this name, and `doctor` finds it.
TAIL = "ops-tail"
POLL_SECONDS = 2
# An event of which nothing is known for so long was not for anybody, or not valid.
OUTCOME_SECONDS = 30


def tail(
    stage: Stage, *, user_id: str | None, event_type: str | None, seconds: float, console: Console
) -> int:
    """Print each event that reaches the bus, and then what became of it, until the time is over."""
    pattern: dict[str, Any] = {"source": [{"prefix": ""}]}
    if event_type:
        pattern["detail-type"] = [event_type]
    if user_id:
        pattern["detail"] = {"user_id": [user_id]}
    until = time.monotonic() + seconds
    pending: dict[str, float] = {}
    with _tapped(stage, pattern) as receive:
        console.print(f"[dim]listening to {stage.bus} for {seconds:.0f} s; Ctrl-C ends it")
        while time.monotonic() < until:
            for event in receive():
                event_id = str(event["detail"].get("id") or event["id"])
                whom = event["detail"].get("user_id") or "everybody"
                console.print(f"{event['time']}  {event['detail-type']}  to {whom}  [bold]{event_id}")
                pending[event_id] = time.monotonic() + OUTCOME_SECONDS
            _print_outcomes(stage, pending, console)
    _print_outcomes(stage, dict.fromkeys(pending, 0.0), console)
    return 0


def _print_outcomes(stage: Stage, pending: dict[str, float], console: Console) -> None:
    for event_id, give_up_at in list(pending.items()):
        row = event_of(stage, event_id)
        if (row and row.finished) or time.monotonic() > give_up_at:
            del pending[event_id]
            lines = list(told(row)) if row else ["no row: planned for later, held back, or not valid"]
            console.print(f"    [dim]{event_id}[/] {'; '.join(lines)}")


@contextmanager
def _tapped(stage: Stage, pattern: dict[str, Any]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """A queue and a rule of our own beside the stage's, which see what it sees and are removed at the end."""
    name = f"{stage.prefix}-{TAIL}-{uuid.uuid4().hex[:8]}"
    queue_url = stage.sqs.create_queue(QueueName=name)["QueueUrl"]
    try:
        attributes = stage.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        rule = stage.events.put_rule(Name=name, EventBusName=stage.bus, EventPattern=json.dumps(pattern))
        policy = {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": rule["RuleArn"]}},
                }
            ],
        }
        stage.sqs.set_queue_attributes(QueueUrl=queue_url, Attributes={"Policy": json.dumps(policy)})
        stage.events.put_targets(Rule=name, EventBusName=stage.bus, Targets=[{"Id": "tail", "Arn": arn}])
        yield lambda: _take(stage, queue_url)
    finally:
        remove_tail(stage, name, queue_url)


def remove_tail(stage: Stage, name: str, queue_url: str) -> None:
    try:
        stage.events.remove_targets(Rule=name, EventBusName=stage.bus, Ids=["tail"])
        stage.events.delete_rule(Name=name, EventBusName=stage.bus)
    except stage.events.exceptions.ResourceNotFoundException:
        pass  # ended before the rule was made
    stage.sqs.delete_queue(QueueUrl=queue_url)


def _take(stage: Stage, queue_url: str) -> list[dict[str, Any]]:
    answer = stage.sqs.receive_message(
        QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=POLL_SECONDS
    )
    taken = answer.get("Messages", [])
    for message in taken:
        stage.sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in taken]
