"""What ships in every function."""

from pathlib import Path

from aws_cdk import aws_lambda as lambda_

REPOSITORY = Path(__file__).resolve().parents[2]


def function_code() -> lambda_.Code:
    return lambda_.Code.from_asset(str(REPOSITORY), exclude=["*", "!functions/**", "!shared/**"])
