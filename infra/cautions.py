"""What is allowed, and will hurt: said with every synth."""

from collections.abc import Iterator
from typing import NamedTuple

from infra.bundle import PYTHON_VERSION
from infra.config import StageConfig
from infra.regions import REGIONS_WITH_FEWER, requests_per_second


class Caution(NamedTuple):
    id: str
    text: str


def cautions(config: StageConfig, *, region: str | None, compiled: bool) -> Iterator[Caution]:
    """`compiled`: whether the functions' bytecode ships."""
    if region is not None:
        yield from _of_region(config, region)
    if config.auth_mode == "none":
        yield Caution(
            "tidings:anybody",
            "auth_mode is none: everybody who knows the address can connect as any user and read that user's "
            "events. Give the address to nobody, or see docs/security.md",
        )
        if config.monthly_budget_dollars is None:
            yield Caution(
                "tidings:budget",
                "auth_mode is none and nothing tells you of a bill: "
                "-c monthly_budget_dollars=50 -c alarm_email=you@example.com",
            )
    if not compiled and not config.snap_start:
        yield Caution(
            "tidings:bytecode",
            f"no python{PYTHON_VERSION} was found to compile the functions with: they ship as source, and "
            "each cold start takes twice the CPU and more, see docs/deploying.md",
        )


def _of_region(config: StageConfig, region: str) -> Iterator[Caution]:
    asked, given = config.posts_per_second + config.messages_per_second, requests_per_second(region)
    if asked > given:
        where = f"{region} ({REGIONS_WITH_FEWER[region]})" if region in REGIONS_WITH_FEWER else region
        yield Caution(
            "tidings:requests",
            f"posts_per_second ({config.posts_per_second:,}) and what clients send "
            f"({config.messages_per_second:,} a second) are more than the {given:,} requests a second that "
            f"an account has in {where}: lower posts_per_second or expected_connections, or ask AWS for more "
            "(Service Quotas, API Gateway, L-8A5B8E43)",
        )
