"""An AWS account in memory with a stage in it, by the template's names. It notes the right of each call."""

import io
import json
import zipfile
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import boto3

from ops.stage import FUNCTIONS, QUEUES, Stage
from shared.bootstrap import build_ports
from shared.domain.handshake import Handshake
from shared.domain.intake import BusEvent
from tests.fakes.app import App
from tests.fakes.sender import FakeSender
from tests.fakes.system import SETTINGS

REGION = "us-east-1"
HASH = "1A2B3C4D"
# What CloudFormation appends to the name of a table or a queue.
END = "ABCDEFGHIJKL"
TABLES = {
    "Connections": {"connection_id": "S"},
    "Subscriptions": {"topic_shard": "S", "connection_id": "S"},
    "Events": {"stream": "S", "offset": "N"},
    "Access": {"access_key": "S"},
    "Schedule": {"schedule_key": "S"},
}
DUE = {"due_shard": "S", "due_at": "N"}
# Operations whose right has another name.
RIGHTS = {
    "apigateway:GetAccount": "apigateway:GET",
    "service-quotas:GetServiceQuota": "servicequotas:GetServiceQuota",
}


@dataclass
class Account:
    """`stage` is what ops sees; `app` are the functions, writing the rows that ops reads."""

    concurrency: int = 1_000
    requests_per_second: float = 10_000
    sender: FakeSender = field(default_factory=FakeSender)
    used: set[str] = field(default_factory=set)
    """Rights that were taken while `noting`."""
    noting: bool = False

    def __post_init__(self) -> None:
        session: Any = boto3.Session(region_name=REGION)
        session.events.register("provide-client-params.*.*", self._note)
        # moto has neither.
        session.events.register("before-call.lambda.GetAccountSettings", self._account_settings)
        session.events.register("before-call.service-quotas.GetServiceQuota", self._quota)
        self.client: Any = session.client
        self.stage = Stage("prod", region=REGION)
        services = ("dynamodb", "sqs", "events", "lambda", "cloudwatch")
        self.aws: dict[str, Any] = {name: self.client(name) for name in services}
        for name, key in TABLES.items():
            self._make_table(f"tidings-prod-Storage{name}{HASH}-{END}", key, due=name == "Schedule")
        for name in QUEUES:
            self.aws["sqs"].create_queue(QueueName=f"tidings-prod-Queues{name}{HASH}-{END}")
        self._make_rules()
        self._make_functions()
        self.client("apigateway").update_account(
            patchOperations=[
                {
                    "op": "replace",
                    "path": "/cloudwatchRoleArn",
                    "value": "arn:aws:iam::123456789012:role/logs",
                }
            ]
        )

    @property
    def app(self) -> App:
        queues = self.stage.queues
        names: dict[str, Any] = {f"{name.lower()}_table": self.stage.tables[name] for name in TABLES}
        settings = replace(
            SETTINGS,
            **names,
            event_bus=self.stage.bus,
            delivery_queue_url=queues["Delivery"],
            parts_queue_url=queues["Parts"],
            rejected_queue_url=queues["RejectedEvents"],
        )
        aws = self.aws
        return App(
            build_ports(settings=settings, dynamodb=aws["dynamodb"], sqs=aws["sqs"], sender=self.sender)
        )

    def connect(self, connection_id: str, user_id: str | None, channels: str) -> None:
        query = {"channels": (channels,)} | ({} if user_id is None else {"user_id": (user_id,)})
        now = self.app.ports.clock.now()
        self.app.connect(Handshake(connection_id=connection_id, connected_at=now - 60, query=query))
        self.sender.open.add(connection_id)

    def publish(self, event_id: str, event_type: str, **detail: Any) -> None:
        now = self.app.ports.clock.now()
        event = BusEvent(
            event_id=event_id, source="test", detail_type=event_type, detail=detail, occurred_at=now
        )
        app = self.app
        app.publish(event, lease=app.lease(60.0))

    def put(self, queue: str, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        self.aws["sqs"].send_message(QueueUrl=self.stage.queues[queue], MessageBody=text)

    def bodies(self, queue: str) -> list[Any]:
        """What a queue holds, taken out of it."""
        answer = self.aws["sqs"].receive_message(QueueUrl=self.stage.queues[queue], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]

    def hear_the_bus(self) -> str:
        """A queue that gets everything put on the bus from now on."""
        url: str = self.aws["sqs"].create_queue(QueueName="heard")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:123456789012:heard"
        self.aws["events"].put_rule(
            Name="hear", EventBusName="tidings-prod", EventPattern=json.dumps({"source": [{"prefix": ""}]})
        )
        self.aws["events"].put_targets(
            Rule="hear", EventBusName="tidings-prod", Targets=[{"Id": "1", "Arn": arn}]
        )
        return url

    def _make_table(self, name: str, key: dict[str, str], *, due: bool) -> None:
        index: dict[str, Any] = {}
        if due:
            index["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": "due",
                    "KeySchema": _schema(DUE),
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ]
        types = {**key, **(DUE if due else {})}
        self.aws["dynamodb"].create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in types.items()],
            KeySchema=_schema(key),
            BillingMode="PAY_PER_REQUEST",
            **index,
        )
        self.aws["dynamodb"].update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
        )

    def _make_rules(self) -> None:
        self.aws["events"].create_event_bus(Name="tidings-prod")
        pattern = json.dumps({"source": [{"prefix": ""}]})
        for name in ("Publish", "Schedule"):
            self.aws["events"].put_rule(
                Name=f"tidings-prod-Bus{name}{HASH}", EventBusName="tidings-prod", EventPattern=pattern
            )
        self.aws["events"].put_rule(Name=f"tidings-prod-TickRule{HASH}", ScheduleExpression="rate(1 minute)")

    def _make_functions(self) -> None:
        role = self.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("handler.py", "")
        for name in FUNCTIONS:
            full_name = f"tidings-prod-{name}"
            self.aws["lambda"].create_function(
                FunctionName=full_name,
                Runtime="python3.14",
                Role=role,
                Handler="handler.handler",
                Code={"ZipFile": buffer.getvalue()},
                Environment={"Variables": {"POSTS_PER_SECOND": "5000"}},
                Publish=True,
            )
            self.aws["lambda"].create_alias(FunctionName=full_name, Name="live", FunctionVersion="1")

    def _note(self, model: Any, **_: object) -> None:
        if self.noting:
            right = f"{model.service_model.service_name}:{model.name}"
            self.used.add(RIGHTS.get(right, right))

    def _account_settings(self, **_: object) -> tuple[Any, dict[str, Any]]:
        limit = {
            "ConcurrentExecutions": self.concurrency,
            "UnreservedConcurrentExecutions": self.concurrency,
        }
        return SimpleNamespace(status_code=200), {"AccountLimit": limit}

    def _quota(self, **_: object) -> tuple[Any, dict[str, Any]]:
        return SimpleNamespace(status_code=200), {"Quota": {"Value": self.requests_per_second}}


def _schema(key: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"AttributeName": name, "KeyType": kind} for name, kind in zip(key, ("HASH", "RANGE"), strict=False)
    ]
