"""Templates written in a test, resolved as the local run resolves them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from local.cloud.endpoints import Endpoints
from local.cloud.intrinsics import Account
from local.cloud.stack import Stack
from local.cloud.template import parse

MakeStack = Callable[..., Stack]


@pytest.fixture
def make_stack(tmp_path: Path) -> MakeStack:
    def make(
        resources: Mapping[str, Any],
        *,
        endpoints: Endpoints | None = None,
        parameters: Mapping[str, str] | None = None,
        **sections: Any,
    ) -> Stack:
        template = parse({"Resources": resources, **sections}, stack_name="toy", directory=tmp_path)
        endpoints = endpoints or Endpoints(gateway_port=8000, aws_port=4566)
        return Stack(template, account=Account(), endpoints=endpoints, parameters=parameters)

    return make
