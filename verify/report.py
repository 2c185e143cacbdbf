"""What people read, in the terminal, and what machines read, JUnit's XML."""

import statistics
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from rich.console import Console
from rich.table import Table

from verify.cost import dollars
from verify.runner import Result, Verdict
from verify.world import World

PERCENTILES = (50, 99)
SIGNS = {
    Verdict.HELD: "[green]held[/]",
    Verdict.BROKEN: "[red]BROKEN[/]",
    Verdict.OPEN: "[yellow]open[/]",
}


def show(results: Sequence[Result], world: World, console: Console) -> None:
    table = Table("", "check", "what it holds", "s", box=None, padding=(0, 1))
    chapter = ""
    for result in (one for one in results if one.verdict is not Verdict.NOT_ASKED):
        if result.check.chapter != chapter:
            chapter = result.check.chapter
            table.add_row("", f"[bold]{chapter}[/]")
        table.add_row(SIGNS[result.verdict], result.check.name, result.check.promise, f"{result.seconds:.1f}")
        if result.detail:
            colour = "red" if result.verdict is Verdict.BROKEN else "dim"
            table.add_row("", "", f"[{colour}]{_plain(result.detail)}[/]")
    console.print(table)
    _not_asked(results, console)
    _figures(world, console)
    for question, answer in sorted(world.answers.items()):
        console.print(f"{question} {_plain(answer)}", highlight=False)
    cost, sum_of = dollars(world.counts, world.place.stage.region)
    on_aws = "would cost on AWS" if world.place.stage.is_local else "costs"
    console.print(f"This run {on_aws} about ${cost:.4f}: {sum_of}.", highlight=False)
    console.print(summary(results), style="bold", highlight=False)


def _not_asked(results: Sequence[Result], console: Console) -> None:
    by_reason: dict[str, list[str]] = {}
    for one in results:
        if one.verdict is Verdict.NOT_ASKED:
            by_reason.setdefault(one.detail, []).append(one.check.name)
    for reason, names in by_reason.items():
        console.print(f"Not asked ({_plain(reason)}): {', '.join(names)}", style="dim", highlight=False)


def summary(results: Sequence[Result]) -> str:
    counts = {verdict: sum(one.verdict is verdict for one in results) for verdict in Verdict}
    broken = [one.check.name for one in results if one.verdict is Verdict.BROKEN]
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count)
    return f"{len(results)} checks: {said}" + (f". Broken: {', '.join(broken)}" if broken else "")


def percentile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:  # noqa: PLR2004  one value is every percentile
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def _figures(world: World, console: Console) -> None:
    table = Table("", "p50", "p99", "times", box=None, padding=(0, 1))
    for name, values in world.figures.items():
        shown = (f"{percentile(values, percent) * 1000:,.0f} ms" for percent in PERCENTILES)
        table.add_row(name, *shown, str(len(values)))
    if table.row_count:
        console.print(table)


def _plain(text: str) -> str:
    """Not to be taken for rich's markup."""
    return text.replace("[", r"\[")


def write_junit(results: Sequence[Result], world: World, file: Path) -> None:
    broken = sum(one.verdict is Verdict.BROKEN for one in results)
    skipped = sum(one.verdict in (Verdict.NOT_ASKED, Verdict.OPEN) for one in results)
    suite = ET.Element(
        "testsuite",
        name=f"verify {world.place.stage.name}",
        tests=str(len(results)),
        failures=str(broken),
        skipped=str(skipped),
        time=f"{sum(one.seconds for one in results):.3f}",
    )
    properties = ET.SubElement(suite, "properties")
    facts = dict(world.answers)
    for name, values in world.figures.items():
        for percent in PERCENTILES:
            facts[f"{name}, p{percent}, seconds"] = f"{percentile(values, percent):.4f}"
    facts["dollars"] = f"{dollars(world.counts, world.place.stage.region)[0]:.6f}"
    for name, value in facts.items():
        ET.SubElement(properties, "property", name=name, value=value)
    for one in results:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"verify.{one.check.chapter}",
            name=one.check.name,
            time=f"{one.seconds:.3f}",
        )
        if one.verdict is Verdict.BROKEN:
            ET.SubElement(case, "failure", message=one.detail).text = one.check.promise
        elif one.verdict is not Verdict.HELD:
            ET.SubElement(case, "skipped", message=one.detail)
    file.parent.mkdir(parents=True, exist_ok=True)
    ET.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)
