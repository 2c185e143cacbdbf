"""Joins context, settings and checks into one CDK app."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra import stages
from infra.bundle import REPOSITORY
from infra.stack import TidingsStack


def build_app(context: Mapping[str, Any] = MappingProxyType({}), *, outdir: str | None = None) -> App:
    """The app for the stage in the context: the CLI's, or what is given here.

    Raises ConfigError when a setting is missing or wrong.
    """
    app = App(analytics_reporting=False, outdir=outdir, context={**_feature_flags(), **context})
    config = stages.load(app.node.get_all_context())
    TidingsStack(app, f"tidings-{config.stage}", config=config)
    if config.stage != stages.LOCAL:  # never deployed: the check would only slow `make run`
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return app


def _feature_flags() -> Mapping[str, Any]:
    """Also without the CLI, which reads cdk.json itself: both ways must give the same template."""
    flags: Mapping[str, Any] = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
    return flags
