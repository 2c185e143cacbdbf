"""An application's events are found, imported and checked: a mistake is told in one line, with its file."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidings.errors import DeclarationError
from tidings.loading import Found, check, find, load

ORDERS = """
from shop_events.base import Order
from tidings.catalog import Channel, Text, event

ORDERS = Channel("orders")


@event("order.shipped", ORDERS)
class OrderShipped(Order):
    carrier: Text
"""
FILES = {
    "shop_events/__init__.py": (
        "from shop_events import orders\nfrom tidings.catalog import Catalog\ncatalog = Catalog.of(orders)\n"
    ),
    "shop_events/base.py": (
        "from tidings.catalog import Id, Payload\nclass Order(Payload):\n    order_id: Id\n"
    ),
    "shop_events/orders.py": ORDERS,
    "shop_events/local_backend.py": "import aiohttp\n",
    "shop_events/logo.svg": "<svg/>",
    "store/__init__.py": "",
    "store/models.py": "",
    "store/live/events.py": (
        "from tidings.catalog import Catalog\nimport store.live\ncatalog: Catalog = Catalog()\n"
    ),
    "store/live/__init__.py": "",
    "unrelated/__init__.py": "",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project's folder, and Python's modules as they were afterwards."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    before = dict(sys.modules)
    yield tmp_path
    for name in sys.modules.keys() - before.keys():
        del sys.modules[name]


@pytest.mark.parametrize(
    ("events", "module", "files"),
    [
        ("shop_events", "shop_events", ["__init__.py", "base.py", "logo.svg", "orders.py"]),
        ("./shop_events", "shop_events", ["__init__.py", "base.py", "logo.svg", "orders.py"]),
        ("store.live.events", "store.live.events", None),
        ("store/live/events.py", "store.live.events", None),
    ],
)
def test_a_name_and_a_path_find_the_module_and_what_goes_along(
    here: Path, events: str, module: str, files: list[str] | None
) -> None:
    found = find(events)

    assert (found.module, found.root) == (module, here)
    below = ["store/__init__.py", "store/live/__init__.py", "store/live/events.py"]
    expected = below if files is None else [f"shop_events/{name}" for name in files]
    assert [name for _, name in found.files()] == expected


def test_a_path_may_lead_to_another_project(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(here / "unrelated")

    _, catalog = check("../shop_events")

    assert "order.shipped" in catalog.types
    assert catalog.channels == ("orders", "system")


def test_it_is_read_again_when_it_is_asked_for_afresh(here: Path) -> None:
    first = load("shop_events")
    (here / "shop_events/orders.py").write_text(ORDERS.replace("order.shipped", "order.has_shipped"))

    assert load("shop_events") is first
    assert list(load("shop_events", afresh=True).types) == ["order.has_shipped"]


def test_a_module_of_the_same_name_elsewhere_is_another_one(here: Path) -> None:
    (here / "elsewhere/shop_events").mkdir(parents=True)
    (here / "elsewhere/shop_events/__init__.py").write_text(
        "from tidings.catalog import Catalog\ncatalog = Catalog()\n"
    )

    assert list(load("shop_events").types) == ["order.shipped"]
    assert list(load("elsewhere/shop_events").types) == []


@pytest.mark.parametrize(
    ("events", "says"),
    [
        ("shop_event", "events=shop_event: no such module. Did you mean shop_events?"),
        ("store.events", "events=store.events: no such module. Did you mean store.live.events?"),
        ("./shop", "events=./shop: no such module. Did you mean shop_events?"),
        ("unrelated", "unrelated/__init__.py: has no `catalog = Catalog.of(…)`"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_no_catalogue_is_told_with_the_nearest_one(events: str, says: str) -> None:
    with pytest.raises(DeclarationError) as wrong:
        check(events)
    assert str(wrong.value) == says


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("orders.py", "carrier: Text", "carrier Text", "shop_events/orders.py:10: SyntaxError: "),
        ("orders.py", "carrier: Text", "carrier: Txt", "shop_events/orders.py:10: NameError: name 'Txt'"),
        ("orders.py", "carrier: Text", "carrier: 'Txt'", "shop_events/orders.py: order.shipped: Pydantic"),
        (
            "orders.py",
            "ORDERS)",
            'ORDERS, sample={"order_id": 1})',
            "shop_events/orders.py: order.shipped: its sample is not valid: carrier: Field required",
        ),
        (
            "orders.py",
            'ORDERS = Channel("orders")',
            'ORDERS = Channel("orders/{shop_id}")',
            "shop_events/orders.py:8: order.shipped: its channel needs 'shop_id'",
        ),
        (
            "orders.py",
            "ORDERS)",
            'None, plans=Reminder("order.soon", before=hours(1), at="starts", key="order_id"))',
            "shop_events/orders.py:8: order.shipped: order.soon needs 'starts' as a required Timestamp",
        ),
        (
            "orders.py",
            "    carrier: Text\n",
            '    carrier: Text\n\n\n@event("order.shipped", ORDERS)\nclass Again(Order):\n    pass\n',
            "shop_events/orders.py: shop_events.orders: order.shipped is declared twice",
        ),
        ("orders.py", '"order.shipped"', '"system.ping"', "shop_events/__init__.py: declared by the system"),
        ("base.py", "from", "import requests\nfrom", "shop_events/base.py:1: imports requests, which the"),
        ("base.py", "from", "import unrelated\nfrom", "shop_events/base.py:1: imports unrelated, which the"),
        ("base.py", "from", "import tidings.client\nfrom", "shop_events/base.py:1: imports tidings.client,"),
        (
            "__init__.py",
            "from shop_events import orders",
            "import shop_events.order",
            "shop_events/__init__.py:1: imports shop_events.order",
        ),
        ("base.py", "from", "raise OSError('a\\nb')\nfrom", "shop_events/base.py:1: OSError: a"),
    ],
)
def test_a_mistake_names_its_file_in_one_line(here: Path, file: str, old: str, new: str, says: str) -> None:
    path = here / "shop_events" / file
    text = path.read_text().replace("Text, event", "Reminder, Text, event, hours")
    path.write_text(text.replace(old, new, 1))

    with pytest.raises(DeclarationError) as wrong:
        check("shop_events")
    assert str(wrong.value).startswith(says)
    assert "\n" not in str(wrong.value)


@pytest.mark.usefixtures("here")
def test_what_only_type_checkers_import_and_what_lies_beside_is_no_mistake() -> None:
    Path("shop_events/base.py").write_text(
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import boto3\n"
        "from . import _more\nfrom ._more import Id, Payload\nclass Order(Payload):\n    order_id: Id\n"
    )
    Path("shop_events/_more.py").write_text("from tidings.catalog import Id, Payload\n")

    check("shop_events")


@pytest.mark.usefixtures("here")
def test_what_lies_above_the_events_does_not_go_along() -> None:
    Path("store/live/events.py").write_text("from ..models import x\n")

    with pytest.raises(DeclarationError, match=r"store/live/events.py:1: imports store.models, which the"):
        check("store.live.events")


@pytest.mark.parametrize("name", ["shared", "json"])
@pytest.mark.usefixtures("here")
def test_a_name_that_the_functions_use_is_refused(name: str) -> None:
    Path(name).mkdir()
    Path(name, "__init__.py").write_text("")

    with pytest.raises(DeclarationError, match=f"the functions have another module '{name}'"):
        check(Found(name, Path.cwd()))
