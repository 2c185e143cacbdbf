"""What a change of a catalogue breaks, and what it does not."""

import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from derive.__main__ import main
from derive.compare import compare
from derive.payloads import compare_payloads
from derive.revisions import read
from derive.snapshot import snapshot
from tidings.catalog import (
    Catalog,
    Channel,
    Conflation,
    Payload,
    Reminder,
    Timestamp,
    event,
    hours,
    minutes,
)

ROOT = Path(__file__).parents[2]


def model(**fields: Any) -> dict[str, Any]:
    """The schema of a payload with these fields: a type, or a type and a default."""
    made: type[Payload] = type(
        "Made",
        (Payload,),
        {
            "__module__": __name__,
            "__annotations__": {
                name: one[0] if isinstance(one, tuple) else one for name, one in fields.items()
            },
            **{name: one[1] for name, one in fields.items() if isinstance(one, tuple)},
        },
    )
    return made.model_json_schema()


class Old(Payload):
    name: str
    more: int


class New(Payload):
    name: str


class Tree(Payload):
    label: str
    branches: "list[Tree]"


class LabelledTree(Payload):
    label: str | None = None
    branches: "list[LabelledTree]"


Small, Large = Annotated[int, Field(le=10)], Annotated[int, Field(le=100)]
Short, Long = Annotated[str, Field(min_length=2)], Annotated[str, Field(min_length=1)]


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        pytest.param({"a": int}, {"a": int}, [], id="nothing"),
        pytest.param(
            {"a": int, "b": int}, {"a": int}, ["! data.b is gone: consumers miss it"], id="field gone"
        ),
        pytest.param(
            {}, {"a": int}, ["! data.a is new and required: producers lack it"], id="new required field"
        ),
        pytest.param({}, {"a": (int, 1)}, ["data.a is new and optional"], id="new optional field"),
        pytest.param(
            {"a": int},
            {"a": (int, 1)},
            ["! data.a is no longer required: consumers may miss it"],
            id="no longer required",
        ),
        pytest.param(
            {"a": (int, 1)},
            {"a": int},
            ["! data.a is now required: producers may lack it"],
            id="now required",
        ),
        pytest.param(
            {"a": int | None},
            {"a": int},
            ["! data.a was integer or null and is now integer: null is refused from producers"],
            id="narrowed type",
        ),
        pytest.param(
            {"a": float},
            {"a": int},
            ["! data.a was number and is now integer: number is refused from producers"],
            id="narrowed number",
        ),
        pytest.param(
            {"a": int},
            {"a": float},
            ["! data.a was integer and is now number: consumers may not read number"],
            id="widened number",
        ),
        pytest.param(
            {"a": str},
            {"a": str | None},
            ["! data.a was string and is now string or null: consumers may not read null"],
            id="widened type",
        ),
        pytest.param(
            {"a": Any},
            {"a": str},
            ["! data.a was anything and is now string: other values are refused"],
            id="anything before",
        ),
        pytest.param(
            {"a": str},
            {"a": Any},
            ["! data.a was string and is now anything: consumers may not read it"],
            id="anything now",
        ),
        pytest.param(
            {"a": Literal["x", "y"]},
            {"a": Literal["x"]},
            ['! data.a can no longer be "y": refused from producers'],
            id="smaller enumeration",
        ),
        pytest.param(
            {"a": Literal["x"]}, {"a": Literal["x", "y"]}, ['data.a can also be "y"'], id="larger enumeration"
        ),
        pytest.param(
            {"a": str},
            {"a": Literal["x"]},
            ['! data.a must now be one of "x": other values are refused'],
            id="enumeration now",
        ),
        pytest.param(
            {"a": Literal["x"]},
            {"a": str},
            ['! data.a was one of "x" and is now open: consumers may meet others'],
            id="enumeration no more",
        ),
        pytest.param(
            {"a": Large},
            {"a": Small},
            ["! data.a: maximum was 100, is 10: more is refused from producers"],
            id="lower maximum",
        ),
        pytest.param({"a": Small}, {"a": Large}, ["data.a: maximum was 10, is 100"], id="higher maximum"),
        pytest.param({"a": Small}, {"a": int}, ["data.a: maximum was 10, is none"], id="no maximum"),
        pytest.param(
            {"a": Long},
            {"a": Short},
            ["! data.a: minLength was 1, is 2: more is refused from producers"],
            id="longer text needed",
        ),
        pytest.param(
            {"a": str},
            {"a": Timestamp},
            ["! data.a: format was none, is date-time: other values are refused, or met"],
            id="format",
        ),
        pytest.param(
            {"a": list[Old]}, {"a": list[New]}, ["! data.a[].more is gone: consumers miss it"], id="in a list"
        ),
        pytest.param(
            {"a": dict[str, Old]},
            {"a": dict[str, New]},
            ["! data.a.*.more is gone: consumers miss it"],
            id="by name",
        ),
        pytest.param(
            {"a": Old | None},
            {"a": New | None},
            ["! data.a.more is gone: consumers miss it"],
            id="an optional part",
        ),
        pytest.param(
            {"a": Tree},
            {"a": LabelledTree},
            [
                "! data.a.label is no longer required: consumers may miss it",
                "! data.a.label was string and is now string or null: consumers may not read null",
            ],
            id="a model that holds itself",
        ),
        pytest.param(
            {"a": Old | Tree},
            {"a": New | Tree},
            ["! data.a: its alternatives have changed"],
            id="one of two models",
        ),
        pytest.param(
            {"a": tuple[int, int]},
            {"a": tuple[int, str]},
            ["! data.a: its places have changed"],
            id="a tuple",
        ),
    ],
)
def test_a_change_of_a_payload(old: dict[str, Any], new: dict[str, Any], changes: list[str]) -> None:
    found = compare_payloads(model(**old), model(**new))

    assert [("! " if change.breaks else "") + change.text for change in found] == changes


THINGS, OTHERS = Channel("things"), Channel("others")
SOON = Reminder("thing.soon", before=hours(1), at="at", key="name")


def catalogue(*channels: Channel, **options: Any) -> Catalog:
    """One with these channels and the type `thing.made`; with `on` in the options its channel is that."""
    module = ModuleType("things")
    on = options.pop("on", THINGS)

    @event("thing.soon", THINGS, from_producers=False)
    class ThingSoon(Payload):
        name: str

    @event("thing.made", on, **options)
    class ThingMade(Payload):
        name: str
        at: Timestamp

    for one in (ThingSoon, ThingMade):
        one.__module__ = "things"
    vars(module).update({f"channel{number}": one for number, one in enumerate(channels)})
    vars(module).update(soon=ThingSoon, made=ThingMade)
    return Catalog.of(module)


BASE = catalogue(THINGS, OTHERS)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        pytest.param(BASE, BASE, [], id="nothing"),
        pytest.param(
            BASE,
            Catalog(BASE.declared, {}),
            [
                "! thing.soon is gone: it is refused from producers, and consumers miss it",
                "! thing.made is gone: it is refused from producers, and consumers miss it",
            ],
            id="types gone",
        ),
        pytest.param(
            Catalog(BASE.declared, {}), BASE, ["thing.soon is new", "thing.made is new"], id="new types"
        ),
        pytest.param(
            BASE,
            catalogue(THINGS),
            ["! channel others is gone: who subscribes to it is refused"],
            id="channel gone",
        ),
        pytest.param(catalogue(THINGS), BASE, ["channel others is new"], id="new channel"),
        pytest.param(
            BASE,
            catalogue(THINGS, OTHERS, on=OTHERS),
            ["! thing.made: it moved from things to others: its subscribers miss it"],
            id="moved",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, OTHERS, on=None),
            ["! thing.made: it moved from things to no channel: its subscribers miss it"],
            id="hidden",
        ),
        pytest.param(
            catalogue(THINGS, OTHERS, on=None),
            BASE,
            ["thing.made: clients hear it now, on things"],
            id="shown",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, Channel("others", keep=hours(1))),
            ["! channel others kept events for 24 h, and now for 1 h: clients away for longer lose them"],
            id="shorter keep",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, Channel("others", keep=hours(48))),
            ["channel others kept events for 24 h, and now for 48 h"],
            id="longer keep",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, Channel("others", may_join=lambda who: bool(who.user_id))),
            ["! channel others has a rule now: it may refuse who could join"],
            id="a rule",
        ),
        pytest.param(
            catalogue(THINGS, Channel("others", may_join=lambda who: bool(who.user_id))),
            BASE,
            ["! channel others has no rule any more: whom it admitted may be refused"],
            id="no rule any more",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, OTHERS, from_producers=False),
            ["! thing.made: it is no longer accepted from producers"],
            id="not from producers",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, OTHERS, conflation=Conflation(window_seconds=2, key_field="name")),
            ["! thing.made: it is conflated in another way: only the latest for one name is sure to come"],
            id="conflated",
        ),
        pytest.param(
            catalogue(THINGS, OTHERS, conflation=Conflation(window_seconds=2)),
            BASE,
            ["thing.made: it is no longer conflated"],
            id="not conflated any more",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, OTHERS, inbox=True, unseen_after=minutes(10)),
            ["thing.made: it is now in the inbox", "thing.made: delivery.unseen is sent after 600 s"],
            id="into the inbox",
        ),
        pytest.param(
            catalogue(THINGS, OTHERS, inbox=True, unseen_after=minutes(10)),
            BASE,
            ["! thing.made: it left the inbox", "! thing.made: delivery.unseen is no longer sent"],
            id="out of the inbox",
        ),
        pytest.param(
            BASE,
            catalogue(THINGS, OTHERS, plans=SOON),
            ["thing.made: it plans thing.soon 3600 s before at"],
            id="a reminder",
        ),
        pytest.param(
            catalogue(THINGS, OTHERS, plans=SOON),
            BASE,
            ["! thing.made: it no longer plans thing.soon 3600 s before at"],
            id="no reminder any more",
        ),
    ],
)
def test_a_change_of_a_declaration(old: Catalog, new: Catalog, changes: list[str]) -> None:
    found = compare(snapshot(old), snapshot(new))

    assert [("! " if change.breaks else "") + change.text for change in found] == changes


SHOP = """import sys
from tidings.catalog import Catalog, Channel, Payload, event
ORDERS = Channel("orders")
@event("order.shipped", ORDERS)
class OrderShipped(Payload):
    order_id: int
    {more}
catalog = Catalog.of(sys.modules[__name__])
"""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose latest commit holds a catalogue in a folder below its root."""
    folder = tmp_path / "backend"
    folder.mkdir()
    (folder / "shop.py").write_text(SHOP.format(more="weight: float"))
    for command in (
        ["init", "--quiet"],
        ["add", "."],
        ["-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "-m", "First"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)  # noqa: S603, S607 - in a folder of its own
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize(
    ("more", "code", "lines"),
    [
        pytest.param("weight: float", 0, ["Since HEAD: 0 breaking, 0 compatible changes."], id="nothing"),
        pytest.param(
            "weight: float; note: str = ''",
            0,
            [
                "compatible  order.shipped: data.note is new and optional",
                "Since HEAD: 0 breaking, 1 compatible changes.",
            ],
            id="compatible",
        ),
        pytest.param(
            "note: str = ''",
            1,
            [
                "breaks      order.shipped: data.weight is gone: consumers miss it",
                "compatible  order.shipped: data.note is new and optional",
                "Since HEAD: 1 breaking, 1 compatible changes.",
            ],
            id="breaking",
        ),
    ],
)
def test_the_working_tree_is_compared_with_a_revision(
    shop: Path, more: str, code: int, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "shop.py").write_text(SHOP.format(more=more))

    assert main(["compare", "HEAD", "--events", "shop"]) == code
    assert capsys.readouterr().out.splitlines() == lines


@pytest.mark.parametrize("absolute", [False, True])
def test_a_path_names_the_same_file_of_the_revision(
    shop: Path, *, absolute: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "shop.py").write_text(SHOP.format(more="note: str = ''"))

    path = shop / "shop.py" if absolute else "shop.py"
    assert main(["compare", "HEAD", "--events", str(path)]) == 1
    assert capsys.readouterr().out.endswith("Since HEAD: 1 breaking, 1 compatible changes.\n")


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["nowhere", "--events", "shop"], "nowhere is no revision of this repository"),
        (
            ["HEAD", "--events", "none"],
            "none of HEAD cannot be read: ModuleNotFoundError: No module named 'none'",
        ),
    ],
)
@pytest.mark.usefixtures("shop")
def test_what_cannot_be_compared_is_one_line(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *arguments]) == 2
    assert capsys.readouterr().err == f"{complaint}\n"


def test_a_catalogue_of_an_older_package_is_read(tmp_path: Path) -> None:
    """The revision's own `tidings.catalog`, here one that knows neither keep nor inbox, comes first."""
    package = tmp_path / "clients/python/src/tidings"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "catalog.py").write_text(
        "class Payload:\n"
        "    __name__ = 'OrderShipped'\n"
        "    def model_json_schema(self): return {'type': 'object'}\n"
        "class Entry:\n"
        "    channel, from_producers, conflation, payload = 'orders', True, None, Payload()\n"
        "class Catalog:\n"
        "    declared, types = {'orders': object()}, {'order.shipped': Entry()}\n"
    )
    (tmp_path / "events.py").write_text("from tidings.catalog import Catalog\ncatalog = Catalog()\n")

    old = read(tmp_path, "events")

    assert old["channels"] == {"orders": {"keep_seconds": None, "rule": False}}
    assert old["types"]["order.shipped"]["channel"] == "orders"
    assert compare(old, old) == []


def test_reading_a_catalogue_leaves_no_trace(shop: Path) -> None:
    before = {*sys.modules}
    read(shop, "shop")
    assert {*sys.modules} == before
    assert [path.name for path in shop.iterdir()] == ["shop.py"]
