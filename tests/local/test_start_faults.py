from typing import Any

import pytest

from local.cloud import faults as cloud
from local.gateway import Faults
from local.start_faults import BadFault, apply


def test_each_part_gets_its_own_faults_and_the_seed() -> None:
    of_cloud, of_gateway = cloud.Faults(), Faults()
    rules: list[dict[str, Any]] = [
        {"fault": "bus-duplicate", "share": 0.5},
        {"fault": "post-gone", "times": 2},
    ]
    apply(rules, seed=7, of_cloud=of_cloud, of_gateway=of_gateway)
    assert [rule.fault for rule in of_cloud.rules] == ["bus-duplicate"]
    assert [rule.fault for rule in of_gateway.rules] == ["post-gone"]
    assert (of_cloud.seed, of_gateway.seed) == (7, 7)


@pytest.mark.parametrize(
    "rule",
    [{"fault": "gremlins"}, {"fault": "bus-delay", "share": 2.0}, {"fault": "post-gone", "name": "x"}],
    ids=["unknown", "never", "not the gateway's"],
)
def test_a_fault_that_could_not_strike_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(BadFault, match="--fault"):
        apply([rule], seed=0, of_cloud=cloud.Faults(), of_gateway=Faults())
