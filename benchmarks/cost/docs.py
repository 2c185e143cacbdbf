"""The table of costs in docs/deploying.md.  `python -m benchmarks.cost.docs` writes it anew."""

from collections.abc import Mapping
from pathlib import Path

from benchmarks.cost.bill import Bill, prices_of
from benchmarks.cost.load import Load
from benchmarks.cost.template import Priced, synthesised

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/deploying.md"
BEGIN, END = "<!-- cost: written by benchmarks.cost.docs -->\n", "<!-- end of cost -->\n"
GUIDE, OURS = {"heartbeat_seconds": 30, "pongs": True}, {"heartbeat_seconds": 300, "pongs": False}
LEAST_SHOWN_DOLLARS = 0.05


def _bill(stage: Priced, connections: int, clients: Mapping[str, object], **load: int) -> Bill:
    asked = Load(**{"connections": connections, "events": 0, "audience": 0, **clients, **load})  # type: ignore[arg-type]  # plain numbers
    return Bill(load=asked, stage=stage, prices=prices_of("us-east-1"))


def bills(dev: Priced, prod: Priced) -> dict[str, Bill]:
    """The columns of the table."""
    return {
        "dev, idle": _bill(dev, 0, {}),
        "prod, idle": _bill(prod, 0, {}),
        "1,000, every 300 s": _bill(prod, 1_000, OURS),
        "1,000, every 30 s and pongs": _bill(prod, 1_000, GUIDE),
        "10,000, every 300 s": _bill(prod, 10_000, OURS),
        "10,000, every 30 s and pongs": _bill(prod, 10_000, GUIDE),
    }


def table(columns: Mapping[str, Bill]) -> str:
    amounts = {name: {line.what: line.dollars for line in bill.lines()} for name, bill in columns.items()}
    every = {what for lines in amounts.values() for what in lines}
    names = sorted(every, key=lambda one: (-_most(amounts, one), one))
    shown = [one for one in names if _most(amounts, one) >= LEAST_SHOWN_DOLLARS]
    rows = [("", *columns), ("---", *("---:" for _ in columns))]
    rows += [(one, *(_dollars(lines.get(one, 0.0)) for lines in amounts.values())) for one in shown]
    rows.append(("**in all**", *(f"**{bill.total:,.2f}**" for bill in columns.values())))
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def dollars_per_event(stage: Priced, *, audience: int) -> float:
    """What one event more costs, to so many connections."""
    events = 1_000
    busy = _bill(stage, audience, OURS, events=events, audience=audience).total
    return (busy - _bill(stage, audience, OURS).total) / events


def with_table(page: str, columns: Mapping[str, Bill]) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table(columns)}{END}{after}"


def _most(amounts: Mapping[str, Mapping[str, float]], what: str) -> float:
    return max(lines.get(what, 0.0) for lines in amounts.values())


def _dollars(amount: float) -> str:
    return f"{amount:,.2f}" if amount else ""


if __name__ == "__main__":
    dev, prod = synthesised("dev", {}), synthesised("prod", {})
    PAGE.write_text(with_table(PAGE.read_text(), bills(dev, prod)))
