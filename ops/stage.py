"""Finds a stage's tables, queues, bus and functions by their names, which the template gives them."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import boto3
from botocore.config import Config

LOCAL: Final = "local"
LOCAL_AWS_PORT: Final = "4566"
FUNCTIONS: Final = ("connect", "disconnect", "default", "publisher", "scheduler")
TABLES: Final = ("Connections", "Subscriptions", "Events", "Access", "Schedule")
FAILURE_QUEUES: Final = ("RejectedEvents", "DeliveryFailed", "PublisherFailed", "SchedulerFailed")
QUEUES: Final = ("Delivery", "Parts", *FAILURE_QUEUES)
# A stage that does not answer is told at once, not after botocore's five minutes.
_PATIENCE = Config(connect_timeout=5, read_timeout=20, retries={"total_max_attempts": 3})


class StageNotFoundError(Exception):
    """The account and Region hold no such stage; the message says what to look at."""


@dataclass(frozen=True)
class Stage:
    name: str
    endpoint: str | None = None
    """Of the local AWS; None: AWS itself, with the credentials of the environment."""
    region: str | None = None

    @property
    def prefix(self) -> str:
        return f"tidings-{self.name}"

    @property
    def is_local(self) -> bool:
        return self.endpoint is not None

    def client(self, service: str) -> Any:
        """A boto3 client. Any: it is chosen by name, and half of the services have no stubs here."""
        if self.endpoint is None:
            return boto3.client(service, region_name=self.region, config=_PATIENCE)  # type: ignore[call-overload]  # by name
        return boto3.client(  # type: ignore[call-overload]  # by name
            service,
            endpoint_url=self.endpoint,
            region_name=self.region or "us-east-1",
            aws_access_key_id="local",
            aws_secret_access_key="local",  # noqa: S106  the local system's, which takes any
            config=_PATIENCE,
        )

    @cached_property
    def dynamodb(self) -> Any:
        return self.client("dynamodb")

    @cached_property
    def sqs(self) -> Any:
        return self.client("sqs")

    @cached_property
    def events(self) -> Any:
        return self.client("events")

    @cached_property
    def tables(self) -> Mapping[str, str]:
        """`Events` -> the table's name. Raises StageNotFoundError."""
        pages = self.dynamodb.get_paginator("list_tables").paginate()
        names = [name for page in pages for name in page["TableNames"]]
        return self._found("Storage", TABLES, {name: name for name in names})

    @cached_property
    def queues(self) -> Mapping[str, str]:
        """`Delivery` -> the queue's URL. Raises StageNotFoundError."""
        pages = self.sqs.get_paginator("list_queues").paginate(QueueNamePrefix=f"{self.prefix}-Queues")
        urls = [url for page in pages for url in page.get("QueueUrls", [])]
        return self._found("Queues", QUEUES, {url.rsplit("/", 1)[-1]: url for url in urls})

    @property
    def bus(self) -> str:
        return self.prefix

    def rules(self) -> Iterator[tuple[str, str | None, str]]:
        """Name, bus and state of the bus's two rules and of the tick."""
        for bus, prefix in ((self.bus, f"{self.prefix}-Bus"), (None, f"{self.prefix}-Tick")):
            where = {"EventBusName": bus} if bus else {}
            for rule in self.events.list_rules(NamePrefix=prefix, **where)["Rules"]:
                yield rule["Name"], bus, rule["State"]

    def functions(self) -> Iterator[tuple[str, str]]:
        for name in FUNCTIONS:
            yield name, f"{self.prefix}-{name}"

    def _found(self, part: str, words: tuple[str, ...], names: Mapping[str, str]) -> Mapping[str, str]:
        found = {
            word: value
            for word in words
            for name, value in names.items()
            # The template's id with its hash, and on AWS a random end.
            if re.fullmatch(rf"{re.escape(self.prefix)}-{part}{word}[0-9A-F]{{8}}(-\w+)?", name)
        }
        if len(found) < len(words):
            raise StageNotFoundError(self._not_found(part.lower()))
        return found

    def _not_found(self, what: str) -> str:
        if self.is_local:
            return f"no {what} of the local stage at {self.endpoint}: start it with `make run`"
        region = self.dynamodb.meta.region_name
        return f"no {what} of a stage {self.name!r} in {region}: look at AWS_REGION, AWS_PROFILE and --stage"


def open_stage(name: str, environment: Mapping[str, str] = os.environ) -> Stage:
    if name == LOCAL:
        port = environment.get("TIDINGS_AWS_PORT", LOCAL_AWS_PORT)
        return Stage(name, endpoint=environment.get("AWS_ENDPOINT_URL", f"http://localhost:{port}"))
    # boto3 reads AWS_DEFAULT_REGION alone; the CDK and Lambda speak of AWS_REGION.
    return Stage(name, endpoint=environment.get("AWS_ENDPOINT_URL"), region=environment.get("AWS_REGION"))
