"""Where keys are read: a JWKS URL, AWS Secrets Manager, SSM Parameter Store."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from shared.aws import clients
from shared.domain.errors import TryAgain

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

DOCUMENT_BYTES = 256 * 1024
_TIMEOUT = urllib3.Timeout(connect=1, read=2)
_OK = 200


def jwks_at(url: str) -> Callable[[], bytes]:
    """No redirects: what the settings name is what we trust."""
    pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)

    def fetch() -> bytes:
        try:
            answer: BaseHTTPResponse = pool.request("GET", url, redirect=False, preload_content=False)
            document = answer.read(DOCUMENT_BYTES + 1, decode_content=True)
            answer.release_conn()
        except urllib3.exceptions.HTTPError as exc:
            raise TryAgain(f"{url}: {exc}") from exc
        if answer.status != _OK or len(document) > DOCUMENT_BYTES:
            raise TryAgain(f"{url}: status {answer.status}, {len(document)} bytes")
        return document

    return fetch


def secret_at(arn: str) -> Callable[[], str]:
    """`arn:aws:secretsmanager:…:secret:name` or `arn:aws:ssm:…:parameter/name`."""
    read = _secrets_manager if arn.split(":")[2] == "secretsmanager" else _parameter_store

    def fetch() -> str:
        try:
            return read(arn)
        except (BotoCoreError, ClientError) as exc:
            raise TryAgain(f"{arn}: {exc}") from exc

    return fetch


def _secrets_manager(arn: str) -> str:
    return clients.secrets_manager().get_secret_value(SecretId=arn)["SecretString"]


def _parameter_store(arn: str) -> str:
    return clients.ssm().get_parameter(Name=arn, WithDecryption=True)["Parameter"]["Value"]
