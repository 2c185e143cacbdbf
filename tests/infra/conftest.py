"""Templates, each synthesised once a session: a synth takes a second or two."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.node import prefer_node_of_environment
from tests.infra.template import Template

# As the local run and scripts/check-template do: no packages, no copy of the repository.
QUICK = {
    "aws:cdk:bundling-stacks": [],
    "aws:cdk:disable-asset-staging": True,
    "aws:cdk:enable-asset-metadata": True,
}


# What prod asks for: it does not believe `?user_id=`.
AUTHENTICATION = {
    "auth_issuer": "https://issuer.example.com/",
    "auth_audience": "tidings",
    "auth_jwks_url": "https://issuer.example.com/.well-known/jwks.json",
}
NEEDED = {"prod": AUTHENTICATION, "dev": {"auth_mode": "none"}}


@pytest.fixture(scope="session")
def synthesise(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Template]:
    prefer_node_of_environment()
    from infra.synthesis import build_app  # noqa: PLC0415 - importing aws_cdk starts Node: first say which

    @functools.cache
    def synthesise(stage: str, **settings: Any) -> Template:
        out = tmp_path_factory.mktemp(f"cdk-{stage}")
        needed = NEEDED.get(stage, {})
        build_app({**QUICK, "stage": stage, **needed, **settings}, outdir=str(out)).synth()
        return Template(json.loads(Path(out, f"tidings-{stage}.template.json").read_text()))

    return synthesise


@pytest.fixture(scope="session")
def prod(synthesise: Callable[..., Template]) -> Template:
    return synthesise("prod")


@pytest.fixture(scope="session")
def dev(synthesise: Callable[..., Template]) -> Template:
    return synthesise("dev")


@pytest.fixture(scope="session")
def local(synthesise: Callable[..., Template]) -> Template:
    return synthesise("local")


@pytest.fixture(scope="session")
def prod_with_options(synthesise: Callable[..., Template]) -> Template:
    return synthesise(
        "prod",
        domain_name="api.example.com",
        certificate_arn="arn:aws:acm:eu-west-1:123456789012:certificate/1234",
        domain_path="ws",
        close_default_endpoint="true",
        allowed_sources="shop.backend,shop.mailer",
        bus_producers="arn:aws:iam::123456789012:role/shop,arn:aws:iam::123456789012:user/ann",
        monthly_budget_dollars="200",
        alarm_email="oncall@example.com",
        reserved_concurrency="publisher=60, connect=5",
        heartbeat_seconds="120",
        account_logging_role="false",
        snap_start="false",
        tracing="false",
    )
