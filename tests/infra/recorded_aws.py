"""AWS in memory, made from the template, that notes which right each call of a function takes."""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import botocore.session

from shared.app.ports.sender import Posted
from tests.fakes.sender import FakeSender
from tests.infra.template import Template

TABLES = ("connections", "subscriptions", "events", "schedule", "access")
BUS = "bus"
QUEUES = ("delivery", "parts", "rejected")
# Several operations of SQS go by one right.
SAME_RIGHT = {"SendMessageBatch": "SendMessage"}


@dataclass
class RecordedAws:
    template: Template
    used: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(dict))
    """Function -> resource -> actions, in the words of infra/permissions.py."""
    queued: list[str] = field(default_factory=list)
    """What was put on the queues that the publisher works off."""
    function: str | None = None
    """Whose calls are noted; None notes nobody's."""

    def __post_init__(self) -> None:
        session: Any = botocore.session
        self.session = session.get_session()
        self.session.register("provide-client-params.*.*", self._note_call)
        self.session.register("after-call.dynamodb.*", self._forget_row)
        self.client = self.session.create_client
        for name in TABLES:
            table = self.template.properties("AWS::DynamoDB::Table", name=f"Storage{name.capitalize()}")
            known = ("KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")
            self.client("dynamodb").create_table(
                TableName=name, **{key: table[key] for key in known if key in table}
            )
        self.client("events").create_event_bus(Name=BUS)
        self.queue_urls = {
            name: self.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in QUEUES
        }

    def note(self, resource: str, action: str) -> None:
        if self.function is not None:
            self.used[self.function].setdefault(resource, set()).add(action)

    def take_queued(self) -> list[str]:
        taken, self.queued = self.queued, []
        return taken

    def _note_call(self, params: dict[str, Any], model: Any, **_: object) -> None:
        service, operation = model.service_model.service_name, model.name
        action = f"{service}:{SAME_RIGHT.get(operation, operation)}"
        if "QueueUrl" in params:
            queue = params["QueueUrl"].rsplit("/", 1)[-1]
            self.note(queue, action)
            if queue in ("delivery", "parts"):
                entries = params.get("Entries", [params])
                self.queued += [entry["MessageBody"] for entry in entries if "MessageBody" in entry]
        elif service == "events":
            self.note(BUS, action)
        elif "RequestItems" in params:
            for table in params["RequestItems"]:
                self.note(table, action)
        elif "IndexName" in params:
            self.note(f"{params['TableName']}_{params['IndexName']}_index", action)
        elif "TableName" in params:
            self.note(params["TableName"], action)

    def _forget_row(self, parsed: dict[str, Any], **_: object) -> None:
        """As a local engine does that sends no row with a failed condition: the fallback shows too."""
        if "Error" in parsed:
            parsed.pop("Item", None)


@dataclass
class RecordedSender(FakeSender):
    """The management API, whose rights are by method and not by operation."""

    aws: RecordedAws = field(kw_only=True)

    def post(self, message: bytes, connection_ids: Any) -> Iterator[Posted]:
        self.aws.note("post_to_connections", "execute-api:ManageConnections")
        return super().post(message, connection_ids)

    def close(self, connection_ids: Any) -> list[str]:
        self.aws.note("close_connections", "execute-api:ManageConnections")
        return super().close(connection_ids)


def sqs_event(bodies: Sequence[str], *, queue: str = "delivery") -> dict[str, Any]:
    records = [
        {
            "messageId": str(number),
            "body": body,
            "eventSource": "aws:sqs",
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue}",
            "receiptHandle": "none: so that SQS refuses to change it",
            "attributes": {"ApproximateReceiveCount": "1"},
        }
        for number, body in enumerate(bodies)
    ]
    return {"Records": records}


def bus_event(event_type: str, event_id: str, *, time: str, **detail: object) -> dict[str, Any]:
    return {
        "id": event_id,
        "source": "jobs.backend",
        "detail-type": event_type,
        "time": time,
        "detail": json.loads(json.dumps(detail)),
    }
