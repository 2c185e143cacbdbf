"""Joins context, settings, code and checks into one CDK app."""

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks

from infra import config as stages
from infra.acknowledgements import acknowledge_findings
from infra.parts.bundling import function_code
from infra.stack import TidingsStack

# Set here and not in cdk.json, so that a synth with and without the CLI gives the same template.
FEATURE_FLAGS = {
    "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
    "@aws-cdk/aws-lambda:recognizeVersionProps": True,
    "@aws-cdk/core:checkSecretUsage": True,
    "@aws-cdk/core:enablePartitionLiterals": True,
    "@aws-cdk/core:target-partitions": ["aws", "aws-cn", "aws-us-gov"],
    # They cost a second, and no construct of ours is hard to find.
    "aws:cdk:disable-creation-stack-traces": True,
}


def build_app() -> App:
    """The app for the stage in the context. Raises ConfigError when a setting is missing or wrong."""
    app = App(analytics_reporting=False, context=FEATURE_FLAGS)
    config = stages.load(app.node.try_get_context)
    stack = TidingsStack(app, f"tidings-{config.stage}", config=config, code=function_code())
    if config.stage != "local":  # never deployed: the check would only slow `make run`
        Validations.of(app).add_plugins(AwsSolutionsChecks(app))
        acknowledge_findings(stack, config)
    return app
