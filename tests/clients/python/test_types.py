"""What must not pass the type checker: each marked line is one mistake that mypy has to find."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]

WRONG = {
    "catalogue by name": 'Client("ws://x", catalog="events")',
    "token place": 'Client("ws://x", token="t", token_in="cookie")',
    "field of a payload": "print(JobAnalyzed.model_construct().matchscore)",
    "text for a number": 'JobAnalyzing(job_id="42", company="Google", job_title="Engineer")',
    "missing field": 'JobAnalyzing(job_id=42, company="Google")',
    "unhandled status": 'print(Client("ws://x").status.state == "online")',
    "data without narrowing": "def show(event: Event) -> None: print(event.payload.match_score)",
    "message without payload": 'Message(user_id="user123")',
    "plain data published": 'def publish(producer: Producer) -> None: producer.publish({"job_id": 42})',
    "misspelt option": "def tell(to: Producer, what: JobAnalyzed) -> None: to.publish(what, user='u')",
}


@pytest.mark.slow
def test_wrong_usages_do_not_type_check(tmp_path: Path) -> None:
    heading = [
        "from tidings import Client, Event",
        "from events.jobs import JobAnalyzed, JobAnalyzing",
        "from tidings.producer import Message, Producer",
        "def right(event: Event) -> float | None:",
        "    return event.payload.match_score if isinstance(event.payload, JobAnalyzed) else None",
    ]
    program = tmp_path / "usages.py"
    program.write_text("\n".join([*heading, *WRONG.values(), ""]))

    checked = subprocess.run(  # noqa: S603 - our own interpreter on our own file
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    found = {int(line.split(":")[1]) for line in checked.stdout.splitlines() if ": error:" in line}
    expected = dict(enumerate(WRONG, start=len(heading) + 1))
    assert found == set(expected), [
        expected.get(number) for number in found ^ set(expected)
    ] or checked.stdout
