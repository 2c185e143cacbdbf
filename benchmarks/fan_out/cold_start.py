"""(f) Cold start: CPU and memory to import a function, beside the bare libraries of a usual one.

    .venv/bin/python -m benchmarks.fan_out.cold_start

Bare is boto3 with clients for DynamoDB and SQS, pydantic with one small model (it loads most of itself at the
first), and Powertools' Logger and Metrics. The second line has botocore in place of boto3, as our functions
do. Each import is a process of its own, round by round. The bytecode is compiled before.
"""

import sys
from statistics import median

from benchmarks.fan_out.running import output, table
from shared.settings import Settings

ROUNDS = 7
GOAL = 1.0
LIBRARIES = """
import pydantic
from aws_lambda_powertools.logging import Logger
from aws_lambda_powertools.metrics import Metrics
class Model(pydantic.BaseModel):
    name: str
Logger(), Metrics()
"""
BOTO3 = """
import boto3
boto3.client("dynamodb"), boto3.client("sqs")
"""
BOTOCORE = """
import botocore.session
session = botocore.session.get_session()
session.create_client("dynamodb"), session.create_client("sqs")
"""
FUNCTIONS = ("connect", "disconnect", "default", "publisher", "scheduler")
MEASURED = """
import resource
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)
"""
ENVIRONMENT = {
    **Settings(
        stage="benchmark",
        connections_table="connections",
        subscriptions_table="subscriptions",
        events_table="events",
        schedule_table="schedule",
        access_table="access",
        delivery_queue_url="https://sqs.us-east-1.amazonaws.com/1/delivery",
        rejected_queue_url="https://sqs.us-east-1.amazonaws.com/1/rejected",
        ws_endpoint="https://abcdef1234.execute-api.us-east-1.amazonaws.com/benchmark",
        topic_shards=8,
        posts_per_second=5_000,
    ).environment(),
    "POWERTOOLS_SERVICE_NAME": "benchmark",
    "POWERTOOLS_METRICS_NAMESPACE": "Tidings",
    # Else the first round would leave no bytecode where this is set.
    "PYTHONDONTWRITEBYTECODE": "",
}


def main() -> None:
    programs = {"bare": LIBRARIES + BOTO3, "without boto3": LIBRARIES + BOTOCORE}
    programs |= {name: f"import functions.{name}.handler" for name in FUNCTIONS}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
    for number in range(ROUNDS + 1):
        for name, program in programs.items():
            *_, last = output("-c", program + MEASURED, python=sys.executable, **ENVIRONMENT).splitlines()
            if number:  # the first one compiles
                cpu, memory = map(float, last.split())
                found[name].append((cpu * 1000, memory))
    cpu_ms = {name: median(cpu for cpu, _ in seen) for name, seen in found.items()}
    table(
        f"(f) cold start, median of {ROUNDS} rounds",
        ("import", "ms CPU", "to bare", "MB"),
        [
            (
                name,
                f"{cpu_ms[name]:.0f}",
                f"{cpu_ms[name] / cpu_ms['bare']:.2f}",
                f"{median(mb for _, mb in seen):.0f}",
            )
            for name, seen in found.items()
        ],
    )
    print(f"  goal: at most {GOAL:.1f} times the bare libraries")


if __name__ == "__main__":
    main()
