"""The rule that docs/operations.md shows for what was not seen."""

import json
import re
from pathlib import Path
from typing import Any

from aws_cdk import App
from moto.events.models import EventPattern

from shared.app.unseen import DELIVERY_UNSEEN
from shared.aws.bus import SOURCE

PAGE = Path(__file__).parents[2] / "docs/operations.md"


def synthesised() -> dict[str, Any]:
    found = re.search(
        r"<!-- snippet: unseen -->\n```python\n(.*?)```\n<!-- end of snippet -->", PAGE.read_text(), re.DOTALL
    )
    assert found is not None
    names: dict[str, Any] = {}
    exec(found[1], names)  # noqa: S102  our own page
    app = App()
    stack = names["Unseen"](app, "Unseen", bus_name="tidings-prod")
    template: dict[str, Any] = app.synth().get_stack_by_name(stack.stack_name).template
    return template


def test_the_rule_takes_what_was_not_seen_and_nothing_else() -> None:
    resources = synthesised()["Resources"].values()
    (rule,) = (one["Properties"] for one in resources if one["Type"] == "AWS::Events::Rule")
    assert rule["EventBusName"] == "tidings-prod"
    pattern = EventPattern.load(json.dumps(rule["EventPattern"]))
    event: Any = {"source": SOURCE, "detail-type": DELIVERY_UNSEEN, "detail": {"data": {}}}
    assert pattern.matches_event(event)
    assert not pattern.matches_event(event | {"source": "shop"})
    assert not pattern.matches_event(event | {"detail-type": "interview.reminder"})
    (target,) = rule["Targets"]
    assert "$.detail.data.reason" in target["InputTransformer"]["InputPathsMap"].values()
