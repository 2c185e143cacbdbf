"""10,000 clients come back at once and ask what they missed: seconds, units, dollars beside the reconnect.

`python -m benchmarks.resume` prints the tables of docs/scaling.md. All clients have one channel in common,
whose 300 last events are the same rows for all. In the mix, of ten clients five missed nothing, three missed
10 events and two missed 300: some were away before the connections ended. The stage is `prod`; the second
pair of tables raises `expected_connections` until connects have all that API Gateway gives an account, 500 a
second.
"""

from collections.abc import Mapping

from benchmarks.cost.bill import prices_of
from benchmarks.fan_out.running import table
from benchmarks.resume.limits import Limits
from benchmarks.resume.simulated import TUNING, Resume
from infra.config import StageConfig
from infra.parts.websocket_api import CONNECT_BURST_SECONDS
from infra.stages import configure

CLIENTS = 10_000
# Lambda's, of an account: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
RUNS_AT_ONCE = 1_000
MIX = [0, 0, 0, 0, 0, 10, 10, 10, 300, 300]
SCENES = {
    "reconnect alone": ([0], True),
    "all missed 10": ([10], True),
    "the mix": (MIX, True),
    "all missed 300": ([300], True),
    "all missed 300, nothing remembered": ([300], False),
}
# A browser does not tell a throttled handshake from a refused token: who has a token waits as for that.
CAPS = {
    "in a browser, with a token": TUNING.refused_cap_seconds,
    "in Python, or without a token": TUNING.retry_cap_seconds,
}


def limits_of(config: StageConfig) -> Limits:
    return Limits(
        connects_per_second=config.connects_per_second,
        connects_at_once=config.connects_per_second * CONNECT_BURST_SECONDS,
        messages_per_second=config.messages_per_second,
        publishers=config.publisher_max_concurrency,
        runs_at_once=RUNS_AT_ONCE - sum(config.reserved_concurrency.values()),
    )


def simulate(missed: list[int], limits: Limits, *, cap_seconds: float, remembers: bool) -> Resume:
    everyone = (missed * CLIENTS)[:CLIENTS]
    return Resume(everyone, limits, cap_seconds=cap_seconds, remembers=remembers).run()


def bottleneck(found: Resume) -> str:
    counts = found.counts
    return (
        f"{counts['refused connects']:,} connects throttled, "
        f"{counts['refused messages']:,} questions throttled, "
        f"{counts['refused heads'] + counts['refused reads']:,} reads refused by the hot partition, "
        f"at most {counts['most runs']:,} runs at once"
    )


def main() -> None:
    prices = prices_of("us-east-1")
    for expected in (CLIENTS, 30_000):
        limits = limits_of(configure("prod", {"expected_connections": expected, "auth_mode": "none"}))
        for who, cap_seconds in CAPS.items():
            found = {
                what: simulate(missed, limits, cap_seconds=cap_seconds, remembers=remembers)
                for what, (missed, remembers) in SCENES.items()
            }
            alone = found["reconnect alone"]
            table(
                f"{CLIENTS:,} clients {who}; {limits.connects_per_second:,.0f} connects a second",
                ("", "50 % (s)", "99 % (s)", "all (s)", "read units", "write units", "dollars", "to alone"),
                [_row(what, one, alone, prices) for what, one in found.items()],
            )
            for what, one in found.items():
                print(f"  {what}: {bottleneck(one)}")


def _row(what: str, one: Resume, alone: Resume, prices: Mapping[str, float]) -> tuple[object, ...]:
    reads, writes = one.units
    dollars, base = one.dollars(prices), alone.dollars(prices)
    ratios = f"{one.seconds_until(1) / alone.seconds_until(1):.2f} in time, {dollars / base:.1f} in dollars"
    seconds = [f"{one.seconds_until(share):.0f}" for share in (0.5, 0.99, 1)]
    return (what, *seconds, f"{reads:,.0f}", f"{writes:,.0f}", f"{dollars:.3f}", ratios)


if __name__ == "__main__":
    main()
