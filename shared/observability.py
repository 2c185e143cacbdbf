"""The one Logger, Metrics and Tracer, configured by Powertools' own environment variables."""

from aws_lambda_powertools import Logger, Metrics, Tracer

logger = Logger()
metrics = Metrics()
tracer = Tracer()
