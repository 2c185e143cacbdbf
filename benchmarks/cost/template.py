"""What a synthesised template says that costs money."""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

SKIP = {"aws:cdk:bundling-stacks": [], "aws:cdk:disable-asset-staging": True}
# Nobody's: the bill does not depend on who issues the tokens.
AUTHENTICATION = {
    "auth_mode": "jwt",
    "auth_issuer": "https://issuer.example.com/",
    "auth_audience": "tidings",
    "auth_jwks_url": "https://issuer.example.com/keys",
}


@dataclass(frozen=True, kw_only=True)
class Priced:
    memory_gb: Mapping[str, float]
    """Of each function."""
    snapshots: tuple[str, ...]
    """The functions that are restored from one."""
    traced: bool
    heartbeat_seconds: int
    heartbeat_shares: int
    topic_shards: int
    posts_per_second: int
    alarm_metrics: int
    """One alarm on an expression is billed by its metrics."""
    dashboards: int
    mappings: int
    keys: int

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Self:
        def every(resource_type: str) -> list[Mapping[str, Any]]:
            found = (one for one in body["Resources"].values() if one["Type"] == resource_type)
            return [one.get("Properties", {}) for one in found]

        functions = every("AWS::Lambda::Function")
        environment = functions[0]["Environment"]["Variables"]
        return cls(
            memory_gb={_name(one): one["MemorySize"] / 1024 for one in functions},
            snapshots=tuple(_name(one) for one in functions if "SnapStart" in one),
            traced=any(one.get("TracingConfig", {}).get("Mode") == "Active" for one in functions),
            heartbeat_seconds=int(environment["HEARTBEAT_SECONDS"]),
            heartbeat_shares=int(environment["HEARTBEAT_SHARES"]),
            topic_shards=int(environment["TOPIC_SHARDS"]),
            posts_per_second=int(environment["POSTS_PER_SECOND"]),
            alarm_metrics=sum(
                len([part for part in one.get("Metrics", [one]) if "Expression" not in part])
                for one in every("AWS::CloudWatch::Alarm")
            ),
            dashboards=len(every("AWS::CloudWatch::Dashboard")),
            mappings=len(every("AWS::Lambda::EventSourceMapping")),
            keys=len(every("AWS::KMS::Key")),
        )


def _name(function: Mapping[str, Any]) -> str:
    return str(function["FunctionName"].rsplit("-", 1)[-1])


def synthesised(stage: str, settings: Mapping[str, str]) -> Priced:
    """Raises infra.config.ConfigError."""
    from infra.node import prefer_node_of_environment

    prefer_node_of_environment()
    from infra.synthesis import build_app

    with tempfile.TemporaryDirectory() as out:
        build_app({**SKIP, "stage": stage, **AUTHENTICATION, **settings}, outdir=out).synth()
        return Priced.of(json.loads(Path(out, f"tidings-{stage}.template.json").read_text()))
