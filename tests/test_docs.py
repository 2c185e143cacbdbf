"""The docs say what the code does: names that exist in one exist in the other."""

import re
import runpy
from pathlib import Path

import pytest

from derive import wire
from shared.domain import envelope
from shared.domain.errors import ErrorCode
from shared.domain.messages import ACTIONS
from tests.fakes.catalog import CATALOG, Channel

ROOT = Path(__file__).parent.parent
DOCS = sorted(path for path in ROOT.glob("docs/**/*.md"))
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS]
PROTOCOL = (ROOT / "docs/protocol.md").read_text()
ARCHITECTURE = (ROOT / "docs/architecture.md").read_text()
MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):.*## ", MAKEFILE, flags=re.MULTILINE))

REPLIES = [envelope.WELCOME, envelope.ERROR, envelope.SUBSCRIBED, envelope.UNSUBSCRIBED, envelope.CHANNELS]


@pytest.mark.parametrize(
    "name",
    [*CATALOG, *(channel.value for channel in Channel), *(code.value for code in ErrorCode), *REPLIES],
)
def test_the_protocol_page_names_every_channel_type_reply_and_error(name: str) -> None:
    assert f"`{name}`" in PROTOCOL


@pytest.mark.parametrize("action", ACTIONS)
def test_the_protocol_page_names_every_action(action: str) -> None:
    assert f'"action": "{action}"' in PROTOCOL


def test_the_asyncapi_document_has_every_action_reply_and_error() -> None:
    """What is missing belongs into derive/wire.py."""
    assert set(wire.ACTIONS) == set(ACTIONS)
    assert set(wire.ERROR_CODES) == {code.value for code in ErrorCode}
    assert set(REPLIES) <= set(wire.MESSAGES)


@pytest.mark.parametrize("name", sorted(CATALOG))
def test_the_protocol_page_names_every_payload_field(name: str) -> None:
    for field in CATALOG[name].payload.model_fields:
        assert f"`{field}`" in PROTOCOL, field


def _declared_dependencies() -> list[str]:
    lines = [line for path in ROOT.glob("requirements/*.in") for line in path.read_text().splitlines()]
    return sorted({re.split(r"[\[=<>; ]", line)[0] for line in lines if re.match(r"[a-zA-Z]", line)})


@pytest.mark.parametrize("name", _declared_dependencies())
def test_every_dependency_has_its_reason_in_the_architecture_page(name: str) -> None:
    assert f"`{name}`" in ARCHITECTURE


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_empty_line_tears_a_table_apart(page: Path) -> None:
    """Markdown shows what follows the empty line as text."""
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    first_rows = re.findall(r"^(?<!\|\n)(\|.*)\n(?!\|[ :|-]+\|$)", text, flags=re.MULTILINE)
    assert first_rows == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_name_only_make_targets_that_exist(page: Path) -> None:
    named = set(re.findall(r"`make ([a-z][a-z-]*)", page.read_text()))
    assert named <= TARGETS


def test_every_docs_page_is_linked_from_the_readme_or_another_page() -> None:
    linked = {
        (page.parent / target).resolve()
        for page in PAGES
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text())
        if not target.startswith("http")
    }
    unlinked = [str(page.relative_to(ROOT)) for page in DOCS if page.resolve() not in linked]
    assert [page for page in unlinked if not page.startswith("docs/decisions/")] == []


def test_the_index_of_decisions_is_current() -> None:
    index = runpy.run_path(str(ROOT / "scripts/index-decisions"))["index"]
    folder = ROOT / "docs/decisions"

    assert (folder / "README.md").read_text() == index(folder), "scripts/index-decisions writes it anew"


def test_the_readme_stays_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) < 150
