"""Where a stage is reached: its address for clients, and the one for posts to connections."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

import boto3
from botocore.config import Config

from ops.stage import Stage

LOCAL_GATEWAY = "http://localhost:8000"
# HTTP dates have whole seconds; more than this is a clock that was moved.
SAME_CLOCK_SECONDS = 3


@dataclass(frozen=True)
class Place:
    stage: Stage
    address: str
    """Where clients connect, without a query."""
    management: str
    """The endpoint of @connections."""
    ahead_seconds: float
    """The stage's clock against this machine's: the local one can be moved."""

    def posts(self, *, at_once: int = 10) -> Any:
        """A client of the management API, which tries once: what it is told is what is measured."""
        options: dict[str, Any] = {"region_name": self.stage.region}
        if self.stage.is_local:
            options = {"region_name": "us-east-1", "aws_access_key_id": "local"}
            options["aws_secret_access_key"] = "local"  # noqa: S105  the local system's, which takes any
        config = Config(max_pool_connections=at_once, retries={"total_max_attempts": 1})
        return boto3.client("apigatewaymanagementapi", endpoint_url=self.management, config=config, **options)

    def now(self) -> float:
        return time.time() + self.ahead_seconds


def find(stage: Stage, address: str | None, environment: Mapping[str, str] = os.environ) -> Place:
    """Raises BotoCoreError or ClientError when the stage cannot be asked."""
    if stage.is_local:
        gateway = environment.get("TIDINGS_GATEWAY_URL", LOCAL_GATEWAY).rstrip("/")
        found, management = f"{gateway.replace('http', 'ws', 1)}/api/v1/ws", f"{gateway}/{stage.name}"
    else:
        stacks = stage.client("cloudformation").describe_stacks(StackName=stage.prefix)["Stacks"]
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stacks[0]["Outputs"]}
        found, management = outputs["WebSocketUrl"], outputs["ManagementEndpoint"]
    return Place(stage, address or found, management, _ahead(stage))


def _ahead(stage: Stage) -> float:
    headers = stage.sqs.list_queues(QueueNamePrefix=stage.prefix)["ResponseMetadata"]["HTTPHeaders"]
    ahead = parsedate_to_datetime(headers["date"]).timestamp() - time.time()
    return ahead if abs(ahead) > SAME_CLOCK_SECONDS else 0.0
