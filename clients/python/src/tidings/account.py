"""Which AWS the command speaks to: the local one, or that of your credentials."""

import argparse

import boto3

LOCAL_ENDPOINT = "http://localhost:4566"


def session(given: argparse.Namespace) -> tuple[boto3.Session, str | None]:
    """A session and the endpoint to use with it; None is AWS's own."""
    if given.stage != "local":
        return boto3.Session(), given.endpoint_url
    local = boto3.Session(
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",  # noqa: S106 - the local endpoint checks no signatures
    )
    return local, given.endpoint_url or LOCAL_ENDPOINT
