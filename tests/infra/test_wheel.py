"""What goes into the wheel `tidings-cdk`, without building it: tests/e2e/test_own_stack.py does."""

import importlib.util
import re
from types import ModuleType

import pytest

from infra.bundle import REPOSITORY


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "build_wheel", REPOSITORY / "infra/distribution/build_wheel.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("from infra.parts.bus import Bus", "from tidings_cdk.infra.parts.bus import Bus"),
        ("from infra import stages", "from tidings_cdk.infra import stages"),
        ("    from shared.settings import Settings", "    from tidings_cdk.shared.settings import Settings"),
        ("from infrared import light", "from infrared import light"),
        ("from tidings.catalog import Catalog", "from tidings.catalog import Catalog"),
        ('handler=f"functions.{name}.handler.handler"', 'handler=f"functions.{name}.handler.handler"'),
    ],
)
def test_imports_are_of_the_package(build: ModuleType, line: str, expected: str) -> None:
    assert build.renamed(line) == expected


def test_no_module_of_the_construct_needs_a_name_of_ours_at_the_top(build: ModuleType) -> None:
    ours = re.compile(r"^\s*(?:from|import) (infra|shared|functions|events|ops)\b", flags=re.MULTILINE)
    python = {file: name for file, name in build.package().items() if file.suffix == ".py"}

    left = {file: ours.findall(build.renamed((REPOSITORY / file).read_text())) for file in python}

    assert {file: found for file, found in left.items() if found} == {}
    assert {name.partition("/")[0] for name in build.package().values()} == {"tidings_cdk"}


def test_it_has_what_the_construct_imports_of_shared_and_no_more(build: ModuleType) -> None:
    names = set(build.package().values())

    assert "tidings_cdk/infra/tidings.py" in names
    assert "tidings_cdk/shared/settings.py" in names
    assert not [
        name for name in names if name.startswith(("tidings_cdk/shared/app", "tidings_cdk/shared/aws"))
    ]
    ours = ("infra/synthesis.py", "infra/tables.py", "infra/app.py", "infra/stack.py")
    assert not [name for name in names if name.endswith(ours)]


def test_processes_find_everything_that_they_run(build: ModuleType) -> None:
    names = {str(file) for file in build.program()}

    assert names >= {"functions/publisher/handler.py", "shared/settings.py", "local/__main__.py"}
    assert not [name for name in names if "distribution" in name or "__pycache__" in name]
