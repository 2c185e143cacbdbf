"""What a run costs on AWS, by the counts of what it asked for."""

import tomllib
from pathlib import Path

from verify.world import Counts

PRICES = Path(__file__).parent.parent / "benchmarks/cost/prices.toml"
USUAL_REGION = "us-east-1"
MILLION = 1_000_000
# A connection runs connect, the publisher for its welcome, and disconnect.
# An event runs the publisher and the scheduler.
RUNS_PER_CONNECTION, RUNS_PER_EVENT = 3, 2


def dollars(counts: Counts, region: str | None) -> tuple[float, str]:
    """In the Region, or in us-east-1 where its prices are not known; and how it adds up."""
    prices = tomllib.loads(PRICES.read_text())["regions"]
    price = prices.get(region, prices[USUAL_REGION])
    messages = counts.messages_in + counts.messages_out
    minutes = counts.connected_seconds / 60 + counts.connections
    runs = counts.connections * RUNS_PER_CONNECTION + counts.events * RUNS_PER_EVENT + counts.messages_in
    whole = (
        messages * price["message_million"]
        + minutes * price["connection_minute_million"]
        + counts.events * price["bus_event_million"]
        + runs * price["lambda_request_million"]
    ) / MILLION
    return whole, (
        f"{counts.connections:,} connections of {minutes:,.0f} minutes, {messages:,} messages, "
        f"{counts.events:,} events, about {runs:,} runs; tables, queues and logs come on top"
    )
