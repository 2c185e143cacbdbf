import json
from datetime import UTC, datetime

import pytest

from local.lambda_runtime.logs import Metrics, render

AT = datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)
POWERTOOLS = {
    "level": "INFO",
    "location": "publish:41",
    "message": "event published",
    "timestamp": "2026-01-01 12:00:01,000+0000",
    "service": "publisher",
    "function_request_id": "1",
    "event_id": "e-1",
    "delivered": 3,
    "nothing": None,
}
EMF = {
    "_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Delivered", "Unit": "Count"}]}]},
    "Delivered": [3.0],
    "service": "publisher",
}


@pytest.mark.parametrize(
    ("line", "metrics", "shown"),
    [
        (
            json.dumps(POWERTOOLS),
            "short",
            "12:00:01 publisher INFO    event published event_id=e-1 delivered=3",
        ),
        (json.dumps(EMF), "short", "12:00:01 publisher metric Delivered=3.0"),
        (json.dumps(EMF), "hidden", None),
        ("[bold]plain[/bold] words", "short", "12:00:01 publisher [bold]plain[/bold] words"),
        ("{not json", "short", "12:00:01 publisher {not json"),
        ("", "short", None),
        (
            json.dumps({"level": "ERROR", "message": "no", "exception": "Traceback\n  here"}),
            "short",
            "12:00:01 publisher ERROR   no\nTraceback\n  here",
        ),
    ],
    ids=["powertools", "metric", "hidden metric", "markup is text", "almost json", "empty", "exception"],
)
def test_a_line_is_rendered_for_people(line: str, metrics: Metrics, shown: str | None) -> None:
    rendered = render("publisher", line, metrics=metrics, at=AT)
    assert (rendered.plain if rendered else None) == shown
