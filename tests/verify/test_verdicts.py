"""What becomes of a check's outcome: the verdict, the sum, the XML, and what is asked of which stage."""

import io
from collections.abc import Awaitable, Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from botocore.exceptions import ClientError
from rich.console import Console

from ops.stage import Stage
from verify import expected_open
from verify.__main__ import chosen, listed, main, what_is_lacking
from verify.check import CHECKS, Broken, Check, Needs, NotAskedError, check, expect
from verify.cost import dollars
from verify.place import Place
from verify.report import percentile, show, write_junit
from verify.runner import Result, Runner, Verdict
from verify.world import Counts, World

PAGE = (Path(__file__).parents[2] / "docs/verifying.md").read_text()


def world(stage: str = "dev", *, authenticates: bool = False) -> World:
    place = Place(Stage(stage), "wss://example.test", "https://example.test", 0.0)
    return World(place=place, authenticates=authenticates, source="tests")


def raising(problem: Exception | None) -> Callable[[World], Awaitable[None]]:
    async def run(_: World) -> None:
        if problem is not None:
            raise problem

    return run


async def verdict(problem: Exception | None, *needs: Needs, name: str = "a-check") -> Result:
    one = Check(name, "It holds.", raising(problem), "messages", frozenset(needs), alone=False, seconds=5)
    [result] = await Runner(world(), frozenset({Needs.AWS}), jobs=1).run([one])
    return result


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetItem")


@pytest.mark.parametrize(
    ("problem", "wanted"),
    [
        (None, Verdict.HELD),
        (Broken("it does not"), Verdict.BROKEN),
        (TimeoutError(), Verdict.BROKEN),
        (OSError("reset"), Verdict.BROKEN),
        (KeyError("data"), Verdict.BROKEN),
        (refused("InternalServerError"), Verdict.BROKEN),
        (refused("AccessDeniedException"), Verdict.NOT_ASKED),
        (NotAskedError("no domain"), Verdict.NOT_ASKED),
    ],
)
async def test_what_a_check_raises_is_its_verdict(problem: Exception | None, wanted: Verdict) -> None:
    assert (await verdict(problem)).verdict is wanted


async def test_what_a_stage_lacks_is_not_asked_and_said() -> None:
    result = await verdict(Broken("never run"), Needs.AWS)
    assert (result.verdict, result.detail) == (Verdict.NOT_ASKED, "only AWS can answer")


async def test_what_is_known_to_be_open_fails_nothing_until_it_is_held(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(expected_open.EXPECTED_OPEN, "a-check", "not built")
    assert (await verdict(Broken("it does not"))).verdict is Verdict.OPEN
    held = await verdict(None)
    assert held.verdict is Verdict.HELD
    assert "expected_open.py" in held.detail


def test_what_is_known_to_be_open_are_checks() -> None:
    assert set(expected_open.EXPECTED_OPEN) <= set(CHECKS)


@pytest.mark.parametrize(
    ("stage", "disturb", "lacks"), [("prod", False, True), ("prod", True, False), ("dev", False, False)]
)
def test_prod_is_not_disturbed_unless_asked_for(stage: str, *, disturb: bool, lacks: bool) -> None:
    assert (Needs.DISTURBS in what_is_lacking(world(stage), full=False, disturb=disturb)) is lacks


@pytest.mark.parametrize("name", [one.name for one in chosen(["rejections"])] + ["everybody"])
def test_what_others_would_notice_disturbs(name: str) -> None:
    assert Needs.DISTURBS in CHECKS[name].needs


@pytest.mark.parametrize("line", list(listed(chosen(()))))
def test_the_page_lists_each_check(line: str) -> None:
    assert line in PAGE, "`python -m verify --list` prints the table"


def test_a_name_that_is_none_is_answered_with_the_nearest() -> None:
    with pytest.raises(Broken, match=r"'conections': did you mean connecting"):
        chosen(["conections"])


def test_two_checks_of_one_name_are_refused() -> None:
    async def subscribe(_: World) -> None: ...

    with pytest.raises(ValueError, match="two checks are called subscribe"):
        check("It holds.")(subscribe)


@pytest.mark.network
def test_a_stage_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:9")
    printed = io.StringIO()
    assert main(["--stage", "local"], Console(file=printed, width=200)) == 2
    assert len(printed.getvalue().splitlines()) == 1


async def test_people_and_machines_are_told_the_same(tmp_path: Path) -> None:
    here = world()
    here.measured("question to answer", 0.25)
    here.answers["Mapping key?"] = "[api/v1/ws]"
    results = [
        await verdict(None),
        await verdict(Broken("told [1, 2]"), name="another"),
        await verdict(None, Needs.AWS, name="a-third"),
    ]
    printed = io.StringIO()
    show(results, here, Console(file=printed, width=200))
    write_junit(results, here, tmp_path / "new/junit.xml")
    for words in (
        "told [1, 2]",
        "Mapping key? [api/v1/ws]",
        "250 ms",
        "Not asked (only AWS can answer): a-third",
    ):
        assert words in printed.getvalue()
    suite = ET.parse(tmp_path / "new/junit.xml").getroot()  # noqa: S314 - our own file
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert [one.get("message") for one in suite.iter("failure")] == ["told [1, 2]"]


def test_a_run_costs_what_it_asked_for() -> None:
    counts = Counts(
        connections=1_000_000, connected_seconds=60e6, messages_in=1_000_000, messages_out=1_000_000
    )
    # Two million minutes, two million messages and four million runs.
    assert dollars(counts, "us-east-1")[0] == pytest.approx(0.50 + 2.00 + 0.80)
    assert dollars(counts, "eu-west-1")[0] > dollars(counts, "nowhere")[0]


def test_percentiles() -> None:
    assert percentile([3.0], 99) == 3.0
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0


def test_expect_says_what_was_otherwise() -> None:
    expect([1], "not empty")
    with pytest.raises(Broken, match="it was 7"):
        expect(condition=False, otherwise="it was 7")
