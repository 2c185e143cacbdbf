from pathlib import Path

import pytest

from local.cloud.faults import Fault
from local.cloud.resource_types import LEFT_OUT, MADE

PAGE = (Path(__file__).parents[3] / "docs" / "local-run.md").read_text()


@pytest.mark.parametrize("type_name", sorted(LEFT_OUT))
def test_the_docs_name_every_type_that_is_left_out(type_name: str) -> None:
    assert f"`{type_name}`" in PAGE


@pytest.mark.parametrize("fault", sorted(Fault))
def test_the_docs_name_every_fault(fault: str) -> None:
    assert f"`{fault}`" in PAGE


def test_no_type_is_both_made_and_left_out() -> None:
    assert MADE.isdisjoint(LEFT_OUT)
