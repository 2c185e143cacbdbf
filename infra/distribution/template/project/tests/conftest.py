"""The whole system on this machine, started once for all tests."""

import pytest
from tidings.producer import Producer
from tidings_cdk import testing

realtime = testing.fixture()


@pytest.fixture
def publish(realtime):
    """Puts a payload on the bus, as a backend does."""
    return Producer(realtime.client("events"), bus=realtime.bus, source="tests").publish
