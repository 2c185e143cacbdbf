"""A whole publisher in a process of its own: reads subscribers, posts to each. Prints CPU, wall time, memory.

`python -m benchmarks.fan_out.publishers ours|sample TABLES_URL ENDPOINT CERTIFICATE SHARDS ROUNDS`
"""

import os
import resource
import sys
import time
from dataclasses import replace
from typing import Any


def ours(endpoint: str, certificate: str, shards: int) -> Any:
    from shared.app.fan_out.event import fan_out
    from shared.aws.clock import SystemClock
    from shared.aws.identity import Identity
    from shared.aws.sender import ManagementApiSender
    from shared.bootstrap import build_ports
    from shared.domain.deliveries import FanOutPart
    from shared.domain.lease import Lease
    from tests.fakes.catalog import Channel
    from tests.fakes.system import SETTINGS

    settings = replace(
        SETTINGS,
        ws_endpoint=endpoint,
        topic_shards=shards,
        posts_per_second=1_000_000,
        targets_per_run=1_000_000,
    )
    sender = ManagementApiSender(
        endpoint_url=endpoint, identity=Identity(), clock=SystemClock(), ca_bundle=certificate
    )
    ports = build_ports(
        "history", "pace", "parts", "registry", "subscribers", settings=settings, sender=sender
    )
    message = '{"type":"job.created","data":{"job_id":42,"company":"Example GmbH"}}' + " " * 120

    def publish(number: int) -> int:
        part = FanOutPart(
            event_id=f"e-{number}", message=message, channel=Channel.JOBS, published_at=time.time()
        )
        fanned = fan_out(ports, part, lease=Lease("benchmark", time.time() + 900))
        assert fanned.receipt is not None
        return fanned.receipt.delivered

    return publish


def sample(endpoint: str, certificate: str, shards: int) -> Any:
    """What AWS's own samples do: scan the table, post in a loop, delete on GoneException."""
    del shards
    import boto3

    table = boto3.resource("dynamodb").Table("subscriptions")
    client: Any = boto3.client("apigatewaymanagementapi", endpoint_url=endpoint, verify=certificate)
    message = b'{"type":"job.created","data":{"job_id":42,"company":"Example GmbH"}}' + b" " * 120

    def publish(_number: int) -> int:
        delivered = 0
        more: dict[str, Any] = {}
        while True:
            page = table.scan(**more)
            for row in page["Items"]:
                try:
                    client.post_to_connection(ConnectionId=row["connection_id"], Data=message)
                    delivered += 1
                except client.exceptions.GoneException:
                    table.delete_item(Key={"connection_id": row["connection_id"]})
            if "LastEvaluatedKey" not in page:
                return delivered
            more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    return publish


def main() -> None:
    name, tables, endpoint, certificate, shards, rounds = sys.argv[1:7]
    os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = tables
    publish = {"ours": ours, "sample": sample}[name](endpoint, certificate, int(shards))
    # The first event opens connections and imports what it needs: a warm function is what is compared.
    reached = publish(0)
    cpu, wall = time.process_time(), time.perf_counter()
    for number in range(int(rounds)):
        assert publish(number + 1) == reached
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(reached, cpu / int(rounds), wall / int(rounds), peak_mb)


if __name__ == "__main__":
    main()
