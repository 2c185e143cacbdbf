import io
from collections.abc import Callable, Iterator

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from ops import waiting
from ops.__main__ import main
from tests.ops.account import Account

Ops = Callable[..., tuple[int, str]]


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        made = Account()
        monkeypatch.setattr(boto3, "client", made.client)
        # moto is one server, too.
        monkeypatch.setattr(waiting, "LONG_POLL_SECONDS", 0)
        yield made


@pytest.fixture
def ops(account: Account) -> Ops:
    """Run a command on the stage; returns how it ended and what it printed."""

    def run(*arguments: str) -> tuple[int, str]:
        printed = io.StringIO()
        account.noting = True
        try:
            status = main(["--stage", "prod", *arguments], Console(file=printed, width=200))
        finally:
            account.noting = False
        return status, printed.getvalue()

    return run
