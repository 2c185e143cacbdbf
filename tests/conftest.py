"""What every test gets: no network unless it says so, a made-up AWS account, the fakes."""

import gc
import os
from typing import TYPE_CHECKING

import pytest
from pytest_socket import disable_socket, enable_socket, socket_allow_hosts

from tests.units import ByUnit, turn_of

if TYPE_CHECKING:
    from xdist.remote import Producer

    from tests.fakes.system import FakeSystem

# Before any client is built: no test may ever use the developer's own account.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",
    AWS_DEFAULT_REGION="us-east-1",
    AWS_EC2_METADATA_DISABLED="true",
    AWS_CONFIG_FILE=os.devnull,
    AWS_SHARED_CREDENTIALS_FILE=os.devnull,
    # Powertools reads these when it is imported.
    POWERTOOLS_SERVICE_NAME="test",
    POWERTOOLS_METRICS_NAMESPACE="Tidings",
    POWERTOOLS_TRACE_DISABLED="true",
)
os.environ.pop("AWS_ENDPOINT_URL", None)
# What is collected stays to the end: looking for garbage in it takes a third of the time of collecting it.
gc.disable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> ByUnit:
    return ByUnit(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: turn_of(item.nodeid))


def pytest_collection_finish() -> None:
    gc.freeze()
    # Models of AWS services are thousands of objects that stay, too.
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


@pytest.fixture(autouse=True)
def _network(request: pytest.FixtureRequest) -> None:
    """Unit tests get no sockets at all; tests marked `network` reach this machine only."""
    if request.node.get_closest_marker("network"):
        enable_socket()
        socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)
    else:
        disable_socket(allow_unix_socket=True)


@pytest.fixture
def system() -> "FakeSystem":
    from tests.fakes.system import FakeSystem  # noqa: PLC0415  after the environment

    return FakeSystem()
