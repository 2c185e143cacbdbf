"""The bill: read from the template, counted by hand here, and what the docs say of it."""

import re
from pathlib import Path

import pytest

from benchmarks.cost.bill import Bill, others, price_list, prices_of
from benchmarks.cost.docs import PAGE, bills, dollars_per_event, with_table
from benchmarks.cost.load import Load
from benchmarks.cost.template import Priced
from tests.infra.template import Template

README = (Path(__file__).parents[2] / "README.md").read_text()


@pytest.fixture(scope="module")
def columns(dev: Template, prod: Template) -> dict[str, Bill]:
    return bills(Priced.of(dev.body), Priced.of(prod.body))


def dollars(bill: Bill, what: str) -> float:
    return sum(line.dollars for line in bill.lines() if line.what == what)


def test_the_page_shows_the_bill(columns: dict[str, Bill]) -> None:
    page = PAGE.read_text()

    assert page == with_table(page, columns), "python -m benchmarks.cost.docs writes it anew"


def test_a_thousand_quiet_connections_of_our_clients_cost_at_most_60_dollars(
    columns: dict[str, Bill],
) -> None:
    assert columns["1,000, every 300 s"].total <= 60


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        # By hand: 1,000 connections, 30 days of 1,440 minutes, 2,880 heartbeats a day.
        ("connection minutes", 1_000 * 30 * 1_440 * 0.25e-6),
        ("pings", 1_000 * 30 * 2_880 * 1e-6),
        ("pongs", 1_000 * 30 * 2_880 * 1e-6),
        # Five writes to connect and to disconnect, two for the welcome; twelve times a day.
        # A ping is a claim and an end for each of 8 shares, also those every 300 s and 540 s to nobody; a
        # tick and its sweep are two writes a minute.
        (
            "DynamoDB writes",
            (1_000 * 360 * 12 + 30 * (2_880 + 288 + 160) * 8 * 2 + 43_200 * 2) * 0.625e-6,
        ),
        # Connect and default have 512 MB, the publisher 1,769.
        ("SnapStart", (0.5 + 0.5 + 1_769 / 1_024) * 30 * 86_400 * 0.0000015046),
    ],
)
def test_a_line_is_what_one_computes_by_hand(columns: dict[str, Bill], what: str, expected: float) -> None:
    assert dollars(columns["1,000, every 30 s and pongs"], what) == pytest.approx(expected)


def test_messages_over_a_billion_are_cheaper(prod: Template) -> None:
    stage, prices = Priced.of(prod.body), prices_of("us-east-1")
    load = Load(connections=20_000, events=0, audience=0)
    bill = Bill(load=load, stage=stage, prices=prices)
    messages = 20_000 * (2 * 86_400 + 360)

    sent = sum(dollars(bill, what) for what in ("pings", "pongs", "welcomes"))
    assert sent == pytest.approx(1_000 + (messages - 1e9) * 0.80e-6)


def test_an_event_costs_what_the_page_says(prod: Template) -> None:
    assert dollars_per_event(Priced.of(prod.body), audience=1_000) == pytest.approx(0.001, rel=0.1)


def test_the_readme_rounds_the_same_figures(columns: dict[str, Bill]) -> None:
    sentence = README.partition("An idle stage costs")[2].partition(" An event ")[0]
    said = {int(figure.replace(",", "")) for figure in re.findall(r"\$([\d,]+)", sentence)}
    names = ("dev, idle", "prod, idle", "1,000, every 300 s", "1,000, every 30 s and pongs")

    assert said == {round(columns[name].total) for name in names}


def test_a_region_without_prices_names_those_with() -> None:
    with pytest.raises(KeyError, match="known are us-east-1, eu-west-1"):
        prices_of("mars-1")


def test_others_are_billed_for_minutes_and_messages() -> None:
    load = Load(connections=1_000, events=1_000, audience=1_000)
    messages = 1_000 * 1_001 + 1_000 * 360

    assert others(load)["AWS AppSync Events"] == pytest.approx(43.2 * 0.08 + messages * 1e-6)
    assert others(load)["Ably, Standard"] == pytest.approx(29 + 43.2 * 1.00 + messages * 2.5e-6)


def test_prices_are_dated_and_every_region_has_each() -> None:
    regions = price_list()["regions"]

    assert re.fullmatch(r"\d{4}-\d{2}", price_list()["as_of"])
    assert len({frozenset(prices) for prices in regions.values()}) == 1
    assert all(source.startswith("https://") for source in price_list()["sources"].values())
