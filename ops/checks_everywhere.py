"""Checks of what every stage has, the local one included: tables, queues, rules, and the time."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

from ops.findings import Finding, caution, well, wrong
from ops.stage import FAILURE_QUEUES, Stage
from ops.tail import TAIL
from ops.waiting import depths

# Signatures are refused at 300 s, planned messages are promised to the second.
SKEW_SECONDS = 5
BACKLOG = 10_000
COMMANDS = {
    "RejectedEvents": "redrive rejected",
    "DeliveryFailed": "redrive delivery",
    "PublisherFailed": "redrive publisher",
    "SchedulerFailed": "redrive scheduler",
}


def clock(stage: Stage) -> Iterator[Finding]:
    answer = stage.sqs.list_queues(QueueNamePrefix=stage.prefix)
    theirs = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).timestamp()
    ahead = theirs - time.time()
    if abs(ahead) <= SKEW_SECONDS:
        yield well("the clock of this machine agrees with the stage's")
    elif stage.is_local:
        yield caution(
            f"the local system's clock was moved by {ahead:+.0f} s", "it is meant to be, or restart it"
        )
    else:
        yield wrong(f"AWS's clock is {ahead:+.0f} s from this machine's", "set this machine's clock (NTP)")


def tables(stage: Stage) -> Iterator[Finding]:
    for word, name in stage.tables.items():
        table = stage.dynamodb.describe_table(TableName=name)["Table"]
        if table["TableStatus"] not in ("ACTIVE", "UPDATING"):
            yield wrong(f"table {word} is {table['TableStatus']}", "look at it in the DynamoDB console")
        expiry = stage.dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        if expiry.get("TimeToLiveStatus") not in ("ENABLED", "ENABLING"):
            yield wrong(
                f"table {word} forgets nothing: its TTL is off",
                f"aws dynamodb update-time-to-live --table-name {name} "
                "--time-to-live-specification Enabled=true,AttributeName=expires_at",
            )
    yield well(f"{len(stage.tables)} tables")


def queues(stage: Stage) -> Iterator[Finding]:
    for queue in FAILURE_QUEUES:
        visible, _, _ = depths(stage, queue)
        if visible:
            plural = "" if visible == 1 else "s"
            yield wrong(f"{visible} message{plural} in {queue}", f"python -m ops {COMMANDS[queue]}")
    for queue in ("Delivery", "Parts"):
        visible, busy, delayed = depths(stage, queue)
        if visible > BACKLOG:
            yield caution(
                f"{visible} deliveries wait in {queue}",
                "see the publisher's errors, throttles and concurrency",
            )
        yield well(f"{queue}: {visible} waiting, {busy} being sent, {delayed} for later")


def rules(stage: Stage) -> Iterator[Finding]:
    found = list(stage.rules())
    for name, _, state in found:
        if state != "ENABLED":
            yield wrong(
                f"rule {name} is {state.lower()}: nothing comes through it", "python -m ops drain --undo"
            )
    if not any(bus for _, bus, _ in found):
        yield wrong(f"the bus {stage.bus} has no rules", "deploy the stage again")
    yield well(f"{len(found)} rules")


def forgotten_tails(stage: Stage) -> Iterator[Finding]:
    prefix = f"{stage.prefix}-{TAIL}"
    for url in stage.sqs.list_queues(QueueNamePrefix=prefix).get("QueueUrls", []):
        yield caution(
            f"a `tail` runs, or was killed: queue {url.rsplit('/', 1)[-1]}",
            f"aws sqs delete-queue --queue-url {url}, and the rule of the same name on the bus",
        )
