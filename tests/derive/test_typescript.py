"""The TypeScript types of a catalogue: what each kind of field becomes, and that the kept file is current."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import pytest

from derive.__main__ import main
from derive.typescript import typescript
from events import catalog
from tests.fakes import shop
from tidings.catalog import Catalog, Channel, Payload, event

ROOT = Path(__file__).parents[2]
THINGS = Channel("things")


def declared(*classes: type[Payload]) -> Catalog:
    module = ModuleType("things")
    vars(module)["THINGS"] = THINGS
    for one in classes:
        one.__module__ = "things"
        vars(module)[one.__name__] = one
    return Catalog.of(module)


def test_the_kept_file_is_current() -> None:
    assert (ROOT / "events/types.ts").read_text() == typescript(catalog), "make types writes it anew"


class Part(Payload):
    name: str


class Tree(Payload):
    branches: "list[Tree]"


@event("thing.made", THINGS)
class ThingMade(Payload):
    """A field of each kind."""

    whole: int
    real: float
    yes: bool
    text: str
    one_of: Literal["a", "b", 3]
    only: Literal["x"]
    maybe: str | None = None
    either: int | Part
    parts: list[Part]
    mixed: list[int | str]
    pair: tuple[int, str]
    by_name: dict[str, Part]
    anything: Any
    tree: Tree


@pytest.mark.parametrize(
    "line",
    [
        "whole: number;",
        "real: number;",
        "yes: boolean;",
        "text: string;",
        'one_of: "a" | "b" | 3;',
        'only: "x";',
        "maybe?: string | null;",
        "either: number | Part;",
        "parts: Part[];",
        "mixed: (number | string)[];",
        "pair: [number, string];",
        "by_name: Record<string, Part>;",
        "anything: unknown;",
        "tree: Tree;",
        "branches: Tree[];",
    ],
)
def test_a_field_has_its_type(line: str) -> None:
    assert f"  {line}" in typescript(declared(ThingMade)).splitlines()


@pytest.mark.parametrize(
    "line",
    [
        '  channels: "news" | `orders/${string}` | `teams/${string}` | "system";',
        '    "order.shipped": `orders/${string}`;',
        '    "order.shipped": OrderShipped;',
        '    "system.notification": SystemNotification;',
    ],
)
def test_channels_with_parameters_and_the_systems_types_are_there(line: str) -> None:
    assert line in typescript(shop.catalog).splitlines()


@pytest.mark.parametrize(
    ("name", "section", "there"),
    [
        ("system.ping", "events", True),
        ("system.ping", "produced", False),
        ("user.revoked", "events", False),
        ("user.revoked", "produced", True),
        ("delivery.unseen", "events", False),
        ("delivery.unseen", "produced", False),
    ],
)
def test_what_is_heard_and_what_is_published_differ(name: str, section: str, *, there: bool) -> None:
    written = typescript(catalog).partition(f"  {section}: {{")[2].partition("  };")[0]
    assert (f'"{name}"' in written) is there


def test_two_classes_of_one_name_are_told() -> None:
    def other() -> type[Payload]:
        @event("thing.lost", THINGS)
        class ThingMade(Payload):
            lost: int

        return ThingMade

    module, twin = ModuleType("things"), other()
    twin.__module__ = ThingMade.__module__ = "things"
    vars(module).update(one=ThingMade, other=twin)

    with pytest.raises(ValueError, match=r"thing\.lost: two different classes are called ThingMade"):
        typescript(Catalog.of(module))


@pytest.mark.parametrize(
    ("options", "written"),
    [([], "types.ts"), (["--out", "web.ts"], "web.ts")],
    ids=["beside the module", "where it is told to"],
)
def test_another_applications_types_are_written_into_its_own_repository(
    options: list[str], written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boutique.py").write_text((ROOT / "tests/fakes/shop.py").read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "boutique", raising=False)

    assert main(["types", "--events", "boutique", *options]) == 0

    assert (tmp_path / written).read_text() == typescript(shop.catalog)


def test_a_module_that_is_none_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["types", "--events", "nowhere"]) == 2
    assert capsys.readouterr().err == "events=nowhere: no such module. Did you mean events?\n"
