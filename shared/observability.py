"""The one Logger, Metrics and Tracer, configured by Powertools' own environment variables."""

from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger()
metrics = Metrics()
# Only botocore: patching every library it knows would import them all at each cold start.
tracer = Tracer(patch_modules=["botocore"])
