"""What became of an event (`why`), and what is on the bus right now (`tail`)."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from ops.rows import EventRow, connections_of, event_of, has, seen_until
from ops.stage import FAILURE_QUEUES, Stage
from ops.waiting import Waiting, peek

# Of a `tail`: what a killed one leaves behind has this name, and `doctor` finds it.
TAIL = "ops-tail"
POLL_SECONDS = 2
# An event of which nothing is known for so long was not for anybody, or not valid.
OUTCOME_SECONDS = 30


def why(stage: Stage, event_id: str, user_id: str | None, *, console: Console) -> int:
    """Returns 0 when something is known of the event."""
    row = event_of(stage, event_id)
    kept = list(_kept(stage, event_id))
    console.print(f"[bold]{event_id}[/]")
    for line in told(row) if row else ["no row: it was never claimed, or it is older than 25 hours"]:
        console.print(f"  {line}")
    for queue, message in kept:
        content = message.content
        reasons = "; ".join(content.get("reasons", ())) if isinstance(content, dict) else ""
        console.print(f"  it waits in {queue}{': ' + reasons if reasons else ''}")
    if not row and not kept:
        console.print(
            "  it is in no failure queue either: was it put on this bus, and is its source listened to?"
        )
    if user_id is not None:
        memory = in_memory(stage, row, user_id) if row else ()
        for line in (*memory, *about_user(stage, user_id)):
            console.print(f"  {line}")
    return 0 if row or kept else 1


def told(row: EventRow) -> Iterator[str]:
    counts = ", ".join(f"{count} {name}" for name, count in row.counts.items() if count or name == "matched")
    if row.finished:
        yield f"went out: {counts}"
    elif row.lease_until is not None and row.lease_until > time.time():
        left = row.lease_until - time.time()
        yield f"is being sent by a publisher, which has it for {left:.0f} s more: {counts}"
    else:
        yield f"was begun and is not finished; its delivery comes again by itself: {counts}"
    if row.parts > 1:
        yield f"in {row.parts} parts, {row.outstanding} outstanding"
    if row.finished and not row.counts["matched"]:
        yield "nobody who was connected had subscribed to its channel"
    if row.offset is not None:
        yield f"it is kept at offset {row.offset} of its stream"
    if row.seconds is not None:
        yield f"{row.seconds:.3f} s from the producer to the last post"
    for name, value in row.other.items():
        yield f"{name}: {value}"


def in_memory(stage: Stage, row: EventRow, user_id: str) -> Iterator[str]:
    """Whether it is kept for this user, and was seen."""
    if row.offset is not None:
        if has(stage, f"user#{user_id}", row.offset, row.event_id):
            yield f"{user_id}'s own stream (@me) has it at offset {row.offset}"
        else:
            yield f"{user_id}'s own stream (@me) does not have it: it was for others, or is not kept any more"
    if row.inbox is not None and has(stage, f"inbox#{user_id}", row.inbox, row.event_id):
        seen = "was seen" if row.inbox <= seen_until(stage, user_id) else "was not seen yet"
        yield f"it is number {row.inbox} in {user_id}'s inbox, and {seen}"
    else:
        yield f"it is not in {user_id}'s inbox"


def about_user(stage: Stage, user_id: str) -> Iterator[str]:
    connections = connections_of(stage, user_id)
    if not connections:
        yield f"{user_id} is not connected now"
    for one in connections:
        channels = ", ".join(one.channels) or "nothing"
        yield f"{user_id} is connected as {one.connection_id} and hears {channels}"


def _kept(stage: Stage, event_id: str) -> Iterator[tuple[str, Waiting]]:
    for queue in FAILURE_QUEUES:
        for message in peek(stage, queue):
            if json.dumps(event_id)[1:-1] in message.body:
                yield queue, message


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
