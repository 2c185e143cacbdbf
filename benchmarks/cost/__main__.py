"""`make cost CONNECTIONS=1000 EVENTS=100000 AUDIENCE=100`: a month's bill of a stage, and what others ask."""

import argparse
import sys

from rich.console import Console
from rich.table import Table

from benchmarks.cost.bill import Bill, others, price_list, prices_of
from benchmarks.cost.load import ASSUMED, Load
from benchmarks.cost.template import synthesised


def main() -> None:
    asked = _asked()
    load = Load(
        connections=asked.connections,
        events=asked.events,
        audience=min(asked.audience, asked.connections),
        heartbeat_seconds=asked.heartbeat,
        pongs=not asked.no_pongs,
        messages=asked.messages,
    )
    try:
        prices = prices_of(asked.region)
        stage = synthesised(asked.stage, dict(pair.split("=", 1) for pair in asked.context))
    except (KeyError, ValueError) as wrong:
        sys.exit(str(wrong.args[0]))
    bill = Bill(load=load, stage=stage, prices=prices)
    console = Console()
    console.print(_lines(bill, asked.stage, asked.region))
    console.print(_comparison(bill))
    console.print(honest_sentence(bill))
    console.print("[dim]Assumed: " + "; ".join(f"{what}: {value}" for what, value in ASSUMED.items()) + ".")


def honest_sentence(bill: Bill) -> str:
    cheaper = [name for name, dollars in others(bill.load).items() if dollars < bill.total]
    if not cheaper:
        return "None of them is cheaper for this load."
    names = cheaper[0] if len(cheaper) == 1 else f"{', '.join(cheaper[:-1])} and {cheaper[-1]}"
    return (
        f"Cheaper for this load: {names}. In our bill and not in theirs: delivery once by id, planned "
        "messages, receipts, retries, rules of who may hear what, alarms."
    )


def _lines(bill: Bill, stage: str, region: str) -> Table:
    load = bill.load
    title = (
        f"{stage} in {region}, prices of {price_list()['as_of']}: {load.connections:,} connections, "
        f"{load.events:,} events to {load.audience:,} each, heartbeat "
        f"{load.heartbeat_seconds or bill.stage.heartbeat_seconds} s, "
        f"{'with' if load.pongs else 'without'} pongs"
    )
    table = Table("what", "how much", "$ a month", title=title, title_justify="left")
    for line in sorted(bill.lines(), key=lambda line: -line.dollars):
        table.add_row(line.what, line.how, f"{line.dollars:,.2f}")
    table.add_section()
    table.add_row("in all", "", f"{bill.total:,.2f}")
    return table


def _comparison(bill: Bill) -> Table:
    table = Table("the same load", "$ a month", title="Beside others", title_justify="left")
    table.add_row("Tidings", f"{bill.total:,.2f}")
    for name, dollars in others(bill.load).items():
        table.add_row(name, f"{dollars:,.2f}")
    return table


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make cost", description=__doc__)
    add = parser.add_argument
    add("--connections", type=int, default=1_000, help="open all month (%(default)s)")
    add("--events", type=int, default=100_000, help="a month (%(default)s)")
    add("--audience", type=int, default=100, help="connections that one event reaches (%(default)s)")
    add("--messages", type=int, default=0, help="that one client sends a month, besides pongs")
    add("--heartbeat", type=int, help="seconds that the connections ask for (the stage's)")
    add("--no-pongs", action="store_true", help="clients answer no pings")
    add("--stage", default="prod", help="whose settings (%(default)s)")
    add("--region", default="us-east-1", help="whose prices (%(default)s)")
    add("-c", "--context", action="append", default=[], metavar="NAME=VALUE", help="a setting for this bill")
    return parser.parse_args()


if __name__ == "__main__":
    main()
