"""A live gateway and the real sender for each test that asks."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from shared.aws.clock import SystemClock
from shared.aws.identity import Identity
from shared.aws.sender import ManagementApiSender
from tests.engine.gateway import LiveGateway

# What tests/conftest.py puts into the environment.
CREDENTIALS = {"testing": "testing"}


@pytest.fixture
def gateway() -> Iterator[LiveGateway]:
    with LiveGateway(credentials=CREDENTIALS) as gateway:
        yield gateway


To = Callable[..., ManagementApiSender]


@pytest.fixture
def to() -> Iterator[To]:
    """Makes senders with the settings given, to the endpoint given."""
    made: list[ManagementApiSender] = []

    def make(endpoint: str, **more: Any) -> ManagementApiSender:
        settings: dict[str, Any] = {"identity": Identity(), "clock": SystemClock(), **more}
        sender = ManagementApiSender(
            endpoint_url=endpoint, **{"post_seconds": 0.5, "connect_seconds": 0.3, **settings}
        )
        made.append(sender)
        return sender

    yield make
    for sender in made:
        sender.disconnect()


@pytest.fixture
def sender(gateway: LiveGateway, to: To) -> ManagementApiSender:
    return to(gateway.endpoint)
