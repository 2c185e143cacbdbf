"""What a client missed and how it gets it: the cases that both clients run, and random histories."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tidings.in_order import Act
from tidings.resume import Resume

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "resume_cases.json").read_text(encoding="utf-8")
)["cases"]


def spelled_out(written: str) -> list[str]:
    """`jobs/16-18` are `jobs/16`, `jobs/17`, `jobs/18`; what comes before it is repeated."""
    if not (found := re.fullmatch(r"(.*/)(\d+)-(\d+)", written)):
        return [written]
    return [f"{found[1]}{number}" for number in range(int(found[2]), int(found[3]) + 1)]


def event(written: str | dict[str, Any]) -> dict[str, Any]:
    if isinstance(written, str):
        stream, offset = written.rsplit("/", 1)
        place = {"stream": stream, "channel": stream, "offset": int(offset), "previous": int(offset) - 1}
        return {"id": written, **place}
    return {**({"id": f"{written['stream']}/{written['offset']}"} if "stream" in written else {}), **written}


def events(written: list[Any]) -> list[dict[str, Any]]:
    return [
        event(one) for some in written for one in (spelled_out(some) if isinstance(some, str) else [some])
    ]


def words(act: Act) -> str:
    match act.kind:
        case "event":
            return f"{'recover' if act.recovered else 'hand over'} {act.message.get('id', '-')}"
        case "ask":
            return f"ask {act.stream} after {act.message['after']}"
        case "recovered":
            return f"recovered {act.stream}: {act.recovered_count}"
        case "state_lost":
            return f"state lost {act.stream}: {act.reason}"
        case _:
            return f"{act.kind} {act.stream}"


def take(resume: Resume, step: dict[str, Any], asked: list[Act]) -> list[Act]:  # noqa: PLR0911 - a table
    now = step["at_ms"] / 1000
    match step:
        case {"welcome": data}:
            return resume.welcome(data, now)
        case {"takeover": data}:
            return resume.welcome(data, now, overlapping=True)
        case {"subscribed": data}:
            return resume.subscribed(data, now)
        case {"left": channel}:
            return resume.unsubscribed(channel, now)
        case {"event": written}:
            return resume.event(event(written), now)
        case {"heads": heads}:
            return resume.heads(heads, now)
        case {"answer": data}:
            question = next(act.message for act in reversed(asked) if act.stream == data["stream"])
            return resume.answer(question, {**data, "events": events(data["events"])}, now)
        case {"refused": code}:
            return resume.refused(asked[-1].message, code, now)
        case {"tick": True}:
            return resume.tick(now)
    raise AssertionError(step)


def reached(positions: dict[str, Any]) -> dict[str, Any]:
    """Up to where everything is here. Both clients write it down in their own way for `@me`."""
    return {
        stream: {
            "epoch": position["epoch"],
            **{
                channel: max(offset, position["offset"])
                for channel, offset in position.get("channels", {stream: 0}).items()
            },
        }
        for stream, position in positions.items()
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_each_case_that_both_clients_run(case: dict[str, Any]) -> None:
    start = case.get("start", {})
    positions: dict[str, Any] = dict(start.get("positions", {}))
    resume = Resume(
        remember_ids=case.get("remember_ids", 1000), positions=positions, ids=start.get("ids", ())
    )
    asked: list[Act] = []
    for step in case["steps"]:
        acts = take(resume, step, asked)
        asked += [act for act in acts if act.kind == "ask"]
        for act in acts:
            if act.kind == "position" or act.position is not None or act.kind == "state_lost":
                positions[act.stream] = act.position
        done = [words(act) for act in acts if act.kind != "position"]
        assert done == [one for written in step["do"] for one in spelled_out(written)], step
        # When a channel is left, nothing is due here at once, in JavaScript at the next look.
        if "wake_at_ms" in step and "left" not in step:
            due = None if resume.due is None else round(resume.due * 1000)
            assert due == step["wake_at_ms"], step
    assert reached({stream: position for stream, position in positions.items() if position}) == reached(
        case["positions"]
    )


def test_an_answer_about_fewer_channels_than_were_asked_about_counts_for_nothing() -> None:
    resume = Resume(remember_ids=10)

    def welcome(channels: list[str], now: float, **last: int) -> list[Act]:
        own = {"epoch": "m1", "offset": max(last.values(), default=8), "channels": last}
        return resume.welcome({"channels": channels, "streams": {"@me": own}}, now)

    welcome(["jobs", "skills"], 0.0, jobs=8)
    first = welcome(["jobs", "skills"], 1.0, jobs=9, skills=10)
    second = welcome(["jobs"], 2.0, jobs=9, skills=10)
    told = {"epoch": "m1", "events": [], "through": 10, "head": 10, "more": False, "recovered": True}

    assert [words(act) for act in first] == ["recovering @me", "ask @me after 8"]
    assert resume.answer(first[-1].message, told, 2.1) == []
    assert [words(act) for act in second] == ["ask @me after 8"]
    resume.answer(second[-1].message, told, 2.2)
    third = welcome(["jobs", "skills"], 3.0, jobs=9, skills=10)
    assert [words(act) for act in third] == ["ask @me after 8"]


@pytest.mark.parametrize("code", ["token_expired", "revoked"])
def test_a_connection_that_ends_loses_no_stream(code: str) -> None:
    """What is missing is read on the next connection, from the same position."""
    resume = Resume(remember_ids=10)
    resume.welcome({"channels": ["jobs"], "streams": {"jobs": {"epoch": "k", "offset": 5}}}, 0.0)
    back = {"channels": ["jobs"], "streams": {"jobs": {"epoch": "k", "offset": 7}}}
    question = next(act.message for act in resume.welcome(back, 1.0) if act.kind == "ask")
    assert "state_lost" not in [act.kind for act in resume.refused(question, code, 2.0)]
    assert [act.message["after"] for act in resume.welcome(back, 3.0) if act.kind == "ask"] == [5]


def test_what_an_older_history_brings_late_is_not_asked_for_again_and_again() -> None:
    """The head of the stream was lost, and an event of before comes once more: its offset is not ours."""
    resume = Resume(remember_ids=10)
    start = {"channels": ["jobs"], "streams": {"jobs": {"epoch": "new", "offset": 0}}}
    resume.welcome(start, 0.0)
    late = {"type": "job.created", "id": "e", "stream": "jobs", "channel": "jobs", "offset": 9, "previous": 8}
    resume.event({**late, "data": {}, "timestamp": ""}, 1.0)
    asked = [act.message for at in (1.6, 3.1) for act in resume.tick(at) if act.kind == "ask"]
    told = {"stream": "jobs", "epoch": "new", "events": [], "through": 0, "head": 0, "recovered": True}
    resume.answer(asked[0], told, 4.0)
    assert [act for at in (10.0, 100.0, 1000.0) for act in resume.tick(at) if act.kind == "ask"] == []
    assert resume.due is None
