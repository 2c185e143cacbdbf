import json
from typing import Any

import pytest

from local.cloud.errors import TemplateError
from local.cloud.input_transform import check, transformed

RULE_ARN = "arn:aws:events:us-east-1:123456789012:rule/shop/Orders"
INGESTION_TIME = "2026-01-01T00:00:01.000002Z"
EVENT: dict[str, Any] = {
    "id": "e-1",
    "source": "shop",
    "time": "2026-01-01T00:00:00Z",
    "detail": {"name": 'a "quoted" name', "count": 3, "tags": ["x", "y"], "nested": {"deep": True}},
}


@pytest.mark.parametrize(
    ("target", "received"),
    [
        ({}, EVENT),
        ({"Input": '{"constant": 1}'}, {"constant": 1}),
        ({"InputPath": "$.detail.nested"}, {"deep": True}),
        ({"InputPath": "$.detail.tags[1]"}, "y"),
        ({"InputPath": "$.nowhere"}, None),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.count"},
                    "InputTemplate": '{"count": <n>}',
                }
            },
            {"count": 3},
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"n": "$.detail.name"},
                    "InputTemplate": '{"text": "for <n>"}',
                }
            },
            {"text": 'for a "quoted" name'},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"n": "$.detail.name"}, "InputTemplate": '{"text": <n>}'}},
            {"text": 'a "quoted" name'},
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"n": "$.no"}, "InputTemplate": '{"a": <n>, "b": "<n>"}'}},
            {"a": "", "b": ""},
        ),
        (
            {
                "InputTransformer": {
                    "InputTemplate": '{"rule": "<aws.events.rule-name>", "all": <aws.events.event>}'
                }
            },
            {"rule": "Orders", "all": {name: EVENT[name] for name in ("id", "source", "time")}},
        ),
        (
            {
                "InputTransformer": {
                    "InputTemplate": '{"arn": <aws.events.rule-arn>, "event": <aws.events.event.json>,'
                    ' "at": <aws.events.event.ingestion-time>, "said": "<aws.events.event.ingestion-time>"}'
                }
            },
            {"arn": RULE_ARN, "event": EVENT, "at": INGESTION_TIME, "said": INGESTION_TIME},
        ),
        (
            {
                "InputTransformer": {
                    "InputPathsMap": {"aws.events.rule-name": "$.source"},
                    "InputTemplate": '"<aws.events.rule-name>"',
                }
            },
            "Orders",
        ),
    ],
    ids=[
        "all",
        "constant",
        "path",
        "index",
        "nothing there",
        "number",
        "in text",
        "text",
        "missing",
        "variables",
        "the whole event and its time",
        "reserved names",
    ],
)
def test_the_target_receives_what_the_template_asks_for(target: dict[str, Any], received: Any) -> None:
    made = transformed(target, EVENT, rule_arn=RULE_ARN, ingestion_time=INGESTION_TIME)
    assert json.loads(made) == received


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[?(@.b)]"])
def test_a_path_that_cannot_be_followed_is_refused_at_the_start(path: str) -> None:
    with pytest.raises(TemplateError, match="Orders: the local run cannot follow"):
        check({"InputPath": path}, "Orders")
