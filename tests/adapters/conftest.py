"""Every contract test runs in both worlds."""

from collections.abc import Iterator

import pytest

from tests.adapters.worlds import World, fake_world, moto_world


@pytest.fixture(params=["fake", "moto"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        yield fake_world()
    else:
        with moto_world() as world:
            yield world
