import json
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request

from events.local_backend import analysis, validated

JSON = {"Content-Type": "application/json"}
JOB = {"company": "Test Corp", "job_title": "Test Engineer", "job_url": "https://test.com/job/123"}


def check(body: Any, headers: dict[str, str] | None = None) -> dict[str, str]:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return validated(make_mocked_request("POST", "/api/v1/jobs", headers=headers or JSON), text)


def test_what_is_not_said_has_a_default() -> None:
    assert check(JOB) == {**JOB, "job_description": "", "location": "Remote", "source": "manual"}


@pytest.mark.parametrize(
    ("body", "headers", "problems"),
    [
        ({}, JSON, ["company is required", "job_title is required"]),
        ({**JOB, "company": " "}, JSON, ["company is required"]),
        ({**JOB, "location": 7}, JSON, ["location must be text"]),
        ({**JOB, "job_url": "javascript:alert(1)"}, JSON, ["job_url must be an http or https address"]),
        ([JOB], JSON, ["the body must be a JSON object"]),
        (JOB, {"Content-Type": "text/plain"}, ["Content-Type must be application/json"]),
        (b"x" * 70_000, JSON, ["the body is over 61440 bytes"]),
    ],
    ids=["empty", "blank", "not text", "bad url", "a list", "plain text", "too large"],
)
def test_every_problem_is_named(body: Any, headers: dict[str, str], problems: list[str]) -> None:
    with pytest.raises(ValueError, match=r"\[") as refused:
        check(body, headers)
    assert refused.value.args[0] == problems


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        (
            {"job_title": "Python Engineer", "job_description": "AWS, SQL. 7+ years", "location": "Remote"},
            {
                "match_score": 82.5,
                "recommendation": "apply_now",
                "strengths": [
                    "Strong Python match",
                    "Strong AWS match",
                    "Strong SQL match",
                    "Location preference aligns",
                ],
                "concerns": ["Requires 7+ years experience"],
            },
        ),
        (
            {"job_title": "Gardener", "job_description": "", "location": "Kew"},
            {
                "match_score": 62.5,
                "recommendation": "consider",
                "strengths": ["The role fits your level"],
                "concerns": ["The description names none of your skills"],
            },
        ),
    ],
    ids=["a match", "no match"],
)
def test_a_job_is_scored_by_its_words(job: dict[str, str], expected: dict[str, Any]) -> None:
    assert analysis({"job_id": 1, **job}) == {"job_id": 1, **expected}
