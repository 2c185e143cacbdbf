"""What the published packages carry besides their code."""

import json
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("package", ["javascript", "python"])
def test_each_package_carries_the_repositorys_licence_and_a_readme(package: str) -> None:
    folder = ROOT / "clients" / package
    assert (folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    assert len((folder / "README.md").read_text()) > 500


def test_both_packages_have_one_version_and_keywords() -> None:
    npm = json.loads((ROOT / "clients/javascript/package.json").read_text())
    wheel = tomllib.loads((ROOT / "clients/python/pyproject.toml").read_text())["project"]
    assert npm["version"] == wheel["version"]
    assert npm["keywords"]
    assert wheel["keywords"]


def test_every_entry_of_the_npm_package_is_a_file_that_lies_there() -> None:
    folder = ROOT / "clients/javascript"
    exports = json.loads((folder / "package.json").read_text())["exports"]
    named = [
        path
        for entry in exports.values()
        if isinstance(entry, dict)
        for way in entry.values()
        for path in way.values()
    ]
    assert len(named) == 12
    assert [path for path in named if not (folder / path).is_file()] == []
