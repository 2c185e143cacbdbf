"""The sample that stands for a mail: a line for each item that was not seen, once."""

from typing import Any
from unittest.mock import Mock

import pytest

from local.web.sample_mailer import SampleMailer


def detail(event_id: str, reason: str) -> dict[str, Any]:
    event = {"id": event_id, "type": "interview.reminder", "inbox": 1}
    return {"id": f"unseen:{event_id}", "user_id": "ann", "data": {"event": event, "reason": reason}}


@pytest.mark.parametrize(("reason", "words"), [("not_connected", "not connected"), ("not_seen", "not seen")])
def test_a_line_says_whom_and_why_once(reason: str, words: str) -> None:
    lines: list[str] = []
    mailer = SampleMailer(Mock(), Mock(), "bus", say=lines.append)
    for event_id in ("1", "2", "1"):
        mailer.mail(detail(event_id, reason))
    assert lines == [
        f"mail to ann: interview.reminder {event_id} was not seen ({words})" for event_id in ("1", "2")
    ]
