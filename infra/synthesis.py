"""Joins context, settings, code and checks into one CDK app."""

import json
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aws_cdk import Annotations, App, Validations
from cdk_nag import AwsSolutionsChecks

from infra import stages
from infra.acknowledgements import acknowledge_findings
from infra.bundle import REPOSITORY
from infra.cautions import cautions
from infra.parts.bundling import function_code
from infra.stack import TidingsStack


def build_app(context: Mapping[str, Any] = MappingProxyType({}), *, outdir: str | None = None) -> App:
    """The app for the stage in the context: the CLI's, or what is given here.

    Raises ConfigError when a setting is missing or wrong.
    """
    app = App(analytics_reporting=False, outdir=outdir, context={**_feature_flags(), **context})
    config = stages.load(app.node.get_all_context())
    stack = TidingsStack(app, f"tidings-{config.stage}", config=config, code=function_code())
    for caution in cautions(config, region=_region()) if config.stage != stages.LOCAL else ():
        Annotations.of(stack).add_warning_v2(*caution)
    if config.stage != stages.LOCAL:  # never deployed: the check would only slow `make run`
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        acknowledge_findings(stack, config)
    return app


def _region() -> str | None:
    """Where the stack will be, as far as one can tell: the CLI says it, else the credentials' environment."""
    names = ("CDK_DEFAULT_REGION", "AWS_REGION", "AWS_DEFAULT_REGION")
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def _feature_flags() -> Mapping[str, Any]:
    """Also without the CLI, which reads cdk.json itself: both ways must give the same template."""
    flags: Mapping[str, Any] = json.loads((REPOSITORY / "cdk.json").read_text())["context"]
    return flags
