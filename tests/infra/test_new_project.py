"""`tidings new`: what it writes, what it refuses, and how a project that it made is updated."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from build_template import current, write_bundle
from copier import run_update
from tidings_cdk.new import CannotMake, make

from infra.bundle import REPOSITORY
from tidings.cli import main

ANSWERS = {"version": "0.1.0", "wheels": ""}
README = "project/README.md.jinja"
LINK = ".cache/tidings/template"


def git(folder: Path, *arguments: str) -> str:
    named = ("-c", "user.name=test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false")
    done = subprocess.run(  # noqa: S603 - in a folder of the test's
        ["git", *named, *arguments],  # noqa: S607 - whichever git there is
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@pytest.fixture
def template(tmp_path: Path) -> Path:
    write_bundle(tmp_path / "template.bundle", {"v0.1.0": current(REPOSITORY)})
    return tmp_path / "template.bundle"


def test_a_project_has_what_it_needs_under_its_name(template: Path, tmp_path: Path) -> None:
    folder = make("my-shop", tmp_path, answers=ANSWERS, template=template)

    files = {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}
    assert files >= {
        "app.py",
        "cdk.json",
        "events/__init__.py",
        "tests/test_events.py",
        "README.md",
        "Makefile",
    }
    assert not [name for name in files if name.endswith(".jinja")]
    assert 'RealtimeStack(app, f"my-shop-{stage}"' in (folder / "app.py").read_text()
    assert (folder / "requirements.txt").read_text() == "tidings-cdk[node]==0.1.0\npytest\n"
    for file in folder.rglob("*.py"):
        compile(file.read_text(), file, "exec")


def test_wheels_that_come_from_a_folder_are_found_there_again(template: Path, tmp_path: Path) -> None:
    folder = make("shop", tmp_path, answers={**ANSWERS, "wheels": "/some/dist"}, template=template)

    assert (folder / "requirements.txt").read_text().splitlines()[0] == "--find-links /some/dist"


@pytest.mark.parametrize("name", ["Shop", "1shop", "my_shop", "", "../shop", "s" * 31])
def test_a_bad_name_is_told_in_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(CannotMake, match=r"^.* is no name for a project: use a-z, .*$"):
        make(name, tmp_path, answers=ANSWERS)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_there_is_left_alone(tmp_path: Path, *, is_folder: bool) -> None:
    if is_folder:
        (tmp_path / "shop").mkdir()
    file = tmp_path / "shop/mine" if is_folder else tmp_path / "shop"
    file.write_text("mine")

    with pytest.raises(CannotMake, match="shop is here already"):
        make("shop", tmp_path, answers=ANSWERS)

    assert file.read_text() == "mine"


def test_a_template_that_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "broken.bundle").write_text("no bundle")

    with pytest.raises(CannotMake) as told:
        make("shop", tmp_path, answers=ANSWERS, template=tmp_path / "broken.bundle")

    assert "\n" not in str(told.value)


def test_the_command_says_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "tidings_cdk.new", raising=False)
    monkeypatch.setitem(sys.modules, "tidings_cdk", None)

    assert main(["new", "shop"]) == 1
    assert capsys.readouterr().err.endswith(" is missing: pip install 'tidings-cdk'\n")


def test_an_update_brings_what_is_new_and_leaves_what_was_changed(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make("shop", tmp_path, answers=ANSWERS, template=template)
    mine = folder / "events/orders.py"
    mine.write_text(mine.read_text() + "\nMINE = True\n")
    (folder / LINK).parent.mkdir(parents=True)
    (folder / LINK).symlink_to(template)
    git(folder, "init", "--quiet")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "mine")
    first = current(REPOSITORY)
    second = {**first, README: first[README] + b"\nNew in 0.2.0.\n"}
    write_bundle(template, {"v0.1.0": first, "v0.2.0": second})

    monkeypatch.chdir(folder)
    run_update(defaults=True, skip_answered=True, overwrite=True, quiet=True)

    assert (folder / "README.md").read_text().endswith("\nNew in 0.2.0.\n")
    assert mine.read_text().endswith("\nMINE = True\n")
    assert "_commit: v0.2.0" in (folder / ".copier-answers.yml").read_text()
    assert f"_src_path: {LINK}\n" in (folder / ".copier-answers.yml").read_text()
    assert "<<<<<<<" not in git(folder, "diff")


def test_two_builds_of_one_template_make_the_same_commits(template: Path, tmp_path: Path) -> None:
    first, again = current(REPOSITORY), tmp_path / "again.bundle"
    write_bundle(again, {"v0.1.0": first, "v0.2.0": {**first, README: b"new"}})

    [commit] = re.findall("(.*) refs/tags/v0.1.0", git(tmp_path, "bundle", "list-heads", str(template)))
    assert commit in git(tmp_path, "bundle", "list-heads", str(again))
