"""How tests are shared out to workers."""

import pytest

from tests.units import turn_of, unit_of


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/e2e/test_time.py::test_a", "tests/e2e/test_time.py::test_b[x@y]", True),
        ("tests/e2e/test_time.py::test_a", "tests/e2e/test_verify.py::test_a", False),
        ("tests/infra/test_bus.py::test_a", "tests/infra/test_queues.py::test_b", True),
        ("tests/adapters/test_a.py::test_a[dynalite]", "tests/adapters/test_b.py::test_b[dynalite-x]", True),
        ("tests/adapters/test_a.py::test_a[dynalite]", "tests/adapters/test_a.py::test_a[moto]", False),
    ],
)
def test_tests_of_a_unit_share_a_worker(one: str, other: str, *, together: bool) -> None:
    assert (unit_of(one) == unit_of(other)) is together


def test_whole_systems_come_before_everything_else() -> None:
    assert turn_of("tests/e2e/test_time.py::test_a") < turn_of("tests/unit/test_a.py::test_a")
