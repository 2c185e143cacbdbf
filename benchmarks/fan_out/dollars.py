"""(e) dollars per million deliveries, beside what API Gateway charges for them.

Prices of us-east-1, November 2026: https://aws.amazon.com/api-gateway/pricing/ (WebSocket messages, first
billion), https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/dynamodb/pricing/on-demand/,
https://aws.amazon.com/sqs/pricing/.
"""

from benchmarks.fan_out.metering import Count
from benchmarks.fan_out.running import table

MILLION = 1_000_000
API_GATEWAY_MESSAGE = 1.00 / MILLION
LAMBDA_GB_SECOND = 0.0000133334
PUBLISHER_GB = 1_769 / 1_024
READ_UNIT = 0.125 / MILLION
WRITE_UNIT = 0.625 / MILLION
SQS_REQUEST = 0.40 / MILLION
LAMBDA_REQUEST = 0.20 / MILLION
# Graviton's vCPU of Lambda against this machine's is not known; the factor says what was assumed.
LAMBDA_CPU_FACTOR = 2.0
# An invocation is billed while it waits: posts are paced, and this is what a part sends in a second.
BILLED_POSTS_PER_SECOND = 500.0


def main(*, microseconds: float, counts: dict[str, Count]) -> None:
    name, event = max(counts.items(), key=lambda one: one[1].posts)
    per_post = 1 / event.posts
    cpu_bound = microseconds * LAMBDA_CPU_FACTOR * PUBLISHER_GB * LAMBDA_GB_SECOND
    paced = PUBLISHER_GB * LAMBDA_GB_SECOND * MILLION / BILLED_POSTS_PER_SECOND
    rows = [
        ("API Gateway, messages", API_GATEWAY_MESSAGE * MILLION),
        (f"Lambda, CPU-bound ({microseconds:.0f} µs, times {LAMBDA_CPU_FACTOR:g})", cpu_bound),
        (f"Lambda, billed while paced to {BILLED_POSTS_PER_SECOND:g}/s a part", paced),
        ("DynamoDB reads", event.read_units * per_post * READ_UNIT * MILLION),
        ("DynamoDB writes", event.write_units * per_post * WRITE_UNIT * MILLION),
        ("Lambda and SQS requests, 50 parts", 50 * (LAMBDA_REQUEST + 3 * SQS_REQUEST)),
    ]
    table(
        f"(e) a million deliveries, from the {name}",
        ("", "dollars"),
        [(what, f"{cost:.4f}") for what, cost in rows],
    )
    ours = sum(cost for what, cost in rows[1:] if "CPU-bound" not in what)
    theirs = API_GATEWAY_MESSAGE * MILLION
    print(f"  ours beside API Gateway's own charge: {ours:.3f} to {theirs:.2f} dollars ({ours / theirs:.0%})")
