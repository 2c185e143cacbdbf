"""A month's bill, line by line: what is done, by the exact counts that tests hold, times what it costs."""

import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.cost import load as assumed
from benchmarks.cost.load import CONNECTS, MINUTES, SECONDS, Load
from benchmarks.cost.template import Priced
from benchmarks.fan_out.exact_counts import CROWD, EXACT_COUNTS, MEMORY_WRITES
from shared.domain.heartbeats import OFFERED_SECONDS

MILLION = 1_000_000
BILLION = 1_000 * MILLION
KB_PER_GB = 1_000_000
# Posts that one publisher sends at once, waiting for no token of the rate: docs/scaling.md.
UNPACED_POSTS = 100


class Line(NamedTuple):
    what: str
    how: str
    dollars: float


@cache
def price_list() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("prices.toml").read_text())


def prices_of(region: str) -> Mapping[str, float]:
    """Raises KeyError, which names the Regions that are known."""
    regions: Mapping[str, Mapping[str, float]] = price_list()["regions"]
    if region not in regions:
        raise KeyError(
            f"no prices of {region}: known are {', '.join(regions)}. "
            "Add a table to benchmarks/cost/prices.toml"
        )
    return regions[region]


@dataclass(frozen=True, kw_only=True)
class Bill:
    load: Load
    stage: Priced
    prices: Mapping[str, float]

    def lines(self) -> list[Line]:
        return [line for line in (*self._api_gateway(), *self._functions(), *self._rest()) if line.dollars]

    @property
    def total(self) -> float:
        return sum(line.dollars for line in self.lines())

    @property
    def _ping_runs(self) -> float:
        """One for each share and heartbeat of the stage and of each interval that may be asked for."""
        return sum(map(self._runs_every, (self.stage.heartbeat_seconds, *OFFERED_SECONDS)))

    @property
    def _pings_to_somebody(self) -> float:
        """Those of the runs that are for the interval that the connections have."""
        return self._runs_every(self.load.heartbeat_seconds or self.stage.heartbeat_seconds)

    def _runs_every(self, heartbeat_seconds: int) -> float:
        return SECONDS / heartbeat_seconds * self.stage.heartbeat_shares

    @property
    def _due(self) -> float:
        """Connections that a ping to one share is for."""
        return self.load.connections / self.stage.heartbeat_shares

    @property
    def _connects(self) -> int:
        return self.load.connections * CONNECTS

    @property
    def _pings(self) -> float:
        return self.load.connections * SECONDS / (self.load.heartbeat_seconds or self.stage.heartbeat_seconds)

    @property
    def _pongs(self) -> float:
        return self._pings * self.load.pongs

    @property
    def _said(self) -> int:
        """What clients send besides pongs."""
        return self.load.connections * self.load.messages

    def _api_gateway(self) -> Iterator[Line]:
        minutes = self.load.connections * MINUTES
        yield Line("connection minutes", f"{minutes:,}", self._millions("connection_minute_million", minutes))
        parts = {
            "pings": self._pings,
            "pongs": self._pongs,
            "events to connections": float(self.load.events * self.load.audience),
            "welcomes": float(self._connects),
            "messages of clients and their answers": 2.0 * self._said,
        }
        messages = sum(parts.values())
        cheap = max(0.0, messages - BILLION)
        dollars = self._millions("message_million", messages - cheap) + self._millions(
            "message_million_over_a_billion", cheap
        )
        for what, count in parts.items():
            yield Line(what, f"{count:,.0f} messages", dollars * count / messages if messages else 0.0)

    def _functions(self) -> Iterator[Line]:
        runs = self._runs()
        for what, (function, count, seconds) in runs.items():
            gb_seconds = count * seconds * self.stage.memory_gb[function]
            dollars = self._millions("lambda_request_million", count)
            dollars += gb_seconds * self.prices["lambda_gb_second"]
            how = f"{count:,.0f} runs of {seconds * 1000:,.0f} ms"
            yield Line(f"{function}: {what}", how, dollars)
        total = sum(count for _, count, _ in runs.values())
        if self.stage.traced:
            traces = min(total, SECONDS) + max(0.0, total - SECONDS) * assumed.TRACED_SHARE
            yield Line("traces", f"{traces:,.0f}", self._millions("trace_million", traces))
        accesses = 2 * self._connects + self._pongs + self._said
        gigabytes = (total * assumed.LOG_KB + accesses * assumed.ACCESS_LOG_KB) / KB_PER_GB
        yield Line("logs", f"{gigabytes:,.1f} GB", gigabytes * self.prices["log_gb"])

    def _runs(self) -> Mapping[str, tuple[str, float, float]]:
        """What: the function, how often it runs, and how many seconds."""
        short, long = assumed.SHORT_RUN_SECONDS, assumed.LONG_RUN_SECONDS
        posting = self._posting(self._due) * self._pings_to_somebody / self._ping_runs
        return {
            "handshakes": ("connect", self._connects, short),
            "ends": ("disconnect", self._connects, short),
            "pongs": ("default", self._pongs, assumed.PONG_RUN_SECONDS),
            "messages of clients": ("default", self._said, short),
            "pings": (
                "publisher",
                self._ping_runs,
                long + posting,
            ),
            "welcomes": ("publisher", self._connects, long),
            "events": ("publisher", self.load.events, long + self._posting(self.load.audience)),
            "ticks": ("scheduler", float(MINUTES), long),
        }

    def _posting(self, audience: float) -> float:
        return max(0.0, audience - UNPACED_POSTS) / self.stage.posts_per_second

    def _rest(self) -> Iterator[Line]:
        reads, writes = self._units()
        yield Line("DynamoDB reads", f"{reads:,.0f} units", self._millions("read_unit_million", reads))
        yield Line("DynamoDB writes", f"{writes:,.0f} units", self._millions("write_unit_million", writes))
        deliveries = self._connects + self._ping_runs
        requests = deliveries * assumed.REQUESTS_PER_DELIVERY
        requests += self.stage.mappings * assumed.IDLE_POLLS_A_MINUTE * MINUTES
        yield Line("SQS", f"{requests:,.0f} requests", self._millions("sqs_request_million", requests))
        events = self._millions("bus_event_million", self.load.events)
        archived = self.load.events * assumed.ARCHIVED_KB / KB_PER_GB * self.prices["archive_gb"]
        yield Line("bus and archive", f"{self.load.events:,} events", events + archived)
        sent = self._pings + self.load.events * self.load.audience + self._connects
        gigabytes = sent * assumed.MESSAGE_KB / KB_PER_GB
        yield Line("transfer", f"{gigabytes:,.1f} GB", gigabytes * self.prices["transfer_gb"])
        yield from self._standing()

    def _standing(self) -> Iterator[Line]:
        """What a stage costs that nobody uses."""
        gigabytes = sum(self.stage.memory_gb[name] for name in self.stage.snapshots)
        yield Line(
            "SnapStart",
            f"{gigabytes:.1f} GB of snapshots kept",
            gigabytes * SECONDS * self.prices["snapshot_gb_second"],
        )
        for what, count, price in (
            ("alarms", self.stage.alarm_metrics, "alarm_metric"),
            ("metrics of the functions", assumed.OWN_METRICS, "metric"),
            ("dashboards", self.stage.dashboards, "dashboard"),
            ("KMS keys", self.stage.keys, "kms_key"),
        ):
            yield Line(what, f"{count}", count * self.prices[price])

    def _units(self) -> tuple[float, float]:
        connect, welcome, gone = (EXACT_COUNTS[name] for name in ("connect", "its welcome", "disconnect"))
        ping, empty = self._fan_out_units(self._due), self._fan_out_units(0)
        pinged, pinged_nobody = self._pings_to_somebody, self._ping_runs - self._pings_to_somebody
        event = self._fan_out_units(self.load.audience)
        heads = pinged * (EXACT_COUNTS["ping"][0] - EXACT_COUNTS["ping to nobody"][0])
        reads = pinged * ping[0] + pinged_nobody * empty[0] + heads
        writes = pinged * ping[1] + pinged_nobody * empty[1]
        reads += self.load.events * event[0] + MINUTES * assumed.TICK_READ_UNITS
        writes += self.load.events * (event[1] + MEMORY_WRITES) + MINUTES * assumed.TICK_WRITE_UNITS
        reads += self._connects * (connect[0] + welcome[0] + gone[0])
        writes += self._connects * (connect[1] + welcome[1] + gone[1]) + self._said
        return reads, writes

    def _fan_out_units(self, audience: float) -> tuple[float, float]:
        """From the exact counts of an event to a crowd: a read for each page of rows, a write each 1,000."""
        reads, writes, *_ = EXACT_COUNTS[f"event to {CROWD:,}"]
        pages = max(self.stage.topic_shards, math.ceil(audience * reads / CROWD))
        return pages, 2 + math.floor(audience * (writes - 2 - MEMORY_WRITES) / CROWD)

    def _millions(self, price: str, count: float) -> float:
        return count / MILLION * self.prices[price]


def others(load: Load) -> dict[str, float]:
    """What the same load costs elsewhere: minutes, messages, and a message for each connect."""
    minutes = load.connections * MINUTES
    messages = load.events * (1 + load.audience) + load.connections * (CONNECTS + load.messages)
    return {
        other["name"]: other["month"]
        + minutes / MILLION * other["connection_minute_million"]
        + messages / MILLION * other["message_million"]
        for other in price_list()["others"].values()
    }
