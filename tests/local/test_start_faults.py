from typing import Any

import pytest

from local.start_faults import BadFault, sort


def test_each_part_gets_its_own_faults() -> None:
    rules: list[dict[str, Any]] = [
        {"fault": "bus-duplicate", "share": 0.5},
        {"fault": "post-gone", "times": 2},
        {"fault": "aws-late", "name": "dynamodb:*"},
    ]
    of_cloud, of_gateway = sort(rules)
    assert [rule.fault for rule in of_cloud] == ["bus-duplicate", "aws-late"]
    assert [rule.fault for rule in of_gateway] == ["post-gone"]


@pytest.mark.parametrize(
    "rule",
    [{"fault": "gremlins"}, {"fault": "bus-delay", "share": 2.0}, {"fault": "post-gone", "name": "x"}],
    ids=["unknown", "never", "not the gateway's"],
)
def test_a_fault_that_could_not_strike_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(BadFault, match="--fault"):
        sort([rule])
