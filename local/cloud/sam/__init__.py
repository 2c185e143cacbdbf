"""Turns a template of the Serverless Application Model into the CloudFormation that it stands for.

Written from the specification: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/
"""

from .expand import expand

__all__ = ["expand"]
