"""What ships: hashed by its content, pruned to what is used, installed for another machine."""

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import botocore
import pytest
from botocore.regions import EndpointResolver
from packaging.markers import Marker

from benchmarks.fan_out.shipped import write_shipped
from infra import bundle, bytecode
from infra.bundle import REPOSITORY, SERVICES, source_hash, write_bundle
from tests.fakes.system import SETTINGS
from tidings.loading import Found

CPYTHON = {"platform_python_implementation": "CPython", "implementation_name": "cpython"}


def events_of(repository: Path) -> Found:
    return Found("events", repository)


@pytest.fixture(autouse=True)
def _no_python_of_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether this machine has one must not decide a test."""
    monkeypatch.setattr(bundle, "python_of", lambda _version: None)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose packages are in the cache already."""
    for name in (
        "functions/connect/handler.py",
        "shared/domain/envelope.py",
        "events/jobs.py",
        "events/local_backend.py",
        *bundle.DECLARING,
        "requirements/lambda.lock",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# {name}\n")
    return tmp_path


@pytest.mark.parametrize(
    ("path", "changes"),
    [
        ("functions/connect/handler.py", True),
        ("events/orders.py", True),
        ("events/types.ts", False),
        ("clients/python/src/tidings/catalog.py", True),
        ("clients/python/src/tidings/system.py", True),
        ("clients/python/src/tidings/client.py", False),
        ("shared/new_module.py", True),
        ("events/jobs.py", True),
        ("events/local_backend.py", False),
        ("requirements/lambda.lock", True),
        ("shared/__pycache__/catalog.cpython-311.pyc", False),
        ("tests/test_new.py", False),
        (".venv/lib/site.py", False),
        ("README.md", False),
    ],
)
def test_the_hash_changes_with_what_ships(repository: Path, path: str, *, changes: bool) -> None:
    before = source_hash(events_of(repository), repository)

    (repository / path).parent.mkdir(parents=True, exist_ok=True)
    (repository / path).write_text("changed")

    assert (source_hash(events_of(repository), repository) != before) is changes


def test_the_hash_does_not_change_with_time(repository: Path) -> None:
    before = source_hash(events_of(repository), repository)

    os.utime(repository / "functions/connect/handler.py", (0, 0))

    assert source_hash(events_of(repository), repository) == before


def test_a_renamed_file_changes_the_hash(repository: Path) -> None:
    before = source_hash(events_of(repository), repository)

    (repository / "shared/domain/envelope.py").rename(repository / "shared/domain/events.py")

    assert source_hash(events_of(repository), repository) != before


def test_a_bundle_holds_sources_and_packages_and_nothing_else(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[Path] = []

    def install(lock: Path, target: Path) -> None:
        installed.append(lock)
        (target / "pydantic").mkdir(parents=True)
        (target / "pydantic/main.py").touch()
        (target / "bin").mkdir()

    monkeypatch.setattr(bundle, "_install", install)
    (repository / ".venv").mkdir()
    (repository / "functions/__pycache__").mkdir()
    (repository / "functions/__pycache__/x.pyc").touch()
    targets = [tmp_path_factory.mktemp("asset") for _ in range(2)]

    for target in targets:
        write_bundle(target, events_of(repository), repository)

    for target in targets:
        assert {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()} == {
            "functions/connect/handler.py",
            "shared/domain/envelope.py",
            "events/jobs.py",
            *(f"tidings/{Path(one).name}" for one in bundle.DECLARING),
            "pydantic/main.py",
        }
    assert installed == [repository / "requirements/lambda.lock"], "the second took them from the cache"


def test_a_machine_with_the_functions_python_ships_bytecode(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read without a look at the source, since Lambda gives that another time."""
    without = source_hash(events_of(repository), repository)
    monkeypatch.setattr(bundle, "python_of", lambda version: sys.executable if version == "3.14" else None)
    monkeypatch.setattr(bundle, "write_packages", lambda *_: None)
    module = repository / "functions/connect/handler.py"
    module.write_text("def name(): return name.__code__.co_filename")
    (repository / "shared/broken.py").write_text("def")
    target = tmp_path_factory.mktemp("asset")

    write_bundle(target, events_of(repository), repository)
    (target / "functions/connect/handler.py").write_text("raise AssertionError('compiled again')")

    told = subprocess.run(
        [sys.executable, "-P", "-c", "from functions.connect.handler import name; print(name())"],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(target)},
    )
    assert told.stdout.strip() == str(target / "functions/connect/handler.py"), told.stderr
    assert not [path for path in target.rglob("*.pyc") if str(target).encode() in path.read_bytes()]
    assert (target / "shared/broken.py").exists()
    assert source_hash(events_of(repository), repository) != without


@pytest.mark.parametrize(
    ("version", "found"),
    [("{}.{}".format(*sys.version_info), True), ("2.0", False), ("3.99", False)],
)
def test_bytecode_is_made_by_the_same_version_only(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, found: bool
) -> None:
    launcher = tmp_path / "python3.99"
    launcher.write_text("#!/bin/sh\necho 'no such Python' >&2; exit 127\n")
    launcher.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert (bytecode.python_of(version) == sys.executable) is found
    assert found or bytecode.python_of(version) is None


def test_two_processes_that_fill_the_cache_at_once_both_get_their_packages(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = [0]

    def install(_lock: Path, target: Path) -> None:
        depth[0] += 1
        if depth[0] == 1:  # The other process starts later and ends sooner.
            bundle.write_packages(tmp_path / "other", repository)
        target.mkdir(parents=True)
        (target / "one.py").touch()

    monkeypatch.setattr(bundle, "_install", install)

    bundle.write_packages(tmp_path / "asset", repository)

    assert depth == [2]
    assert [path.name for path in (tmp_path / "asset").iterdir()] == ["one.py"]
    assert [path.name for path in (tmp_path / "other").iterdir()] == ["one.py"]


def test_an_install_that_fails_says_why_and_leaves_no_cache(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (repository / "requirements/lambda.lock").write_text("no-such-package==1.0\n")
    for variable, value in {"NO_INDEX": "1", "FIND_LINKS": "", "CONFIG_FILE": os.devnull}.items():
        monkeypatch.setenv(f"PIP_{variable}", value)

    with pytest.raises(bundle.BundleError, match=r"(?s)lambda\.lock could not be .*no-such-package"):
        write_bundle(tmp_path / "asset", events_of(repository), repository)

    assert not list((repository / bundle.CACHE).glob("*"))


@pytest.mark.parametrize("platform", ["linux", "darwin"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lock_says_the_same_on_every_machine(python: str, platform: str) -> None:
    """pip evaluates environment markers for the machine it runs on, not for the one it installs for."""
    lock = (REPOSITORY / bundle.LOCK).read_text()
    markers = re.findall(r"^[\w.-]+==[^ ]+ ; (.*?) \\?$", lock, flags=re.MULTILINE)
    here = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform}

    assert [marker for marker in markers if not Marker(marker).evaluate({**CPYTHON, **here})] == []


@pytest.fixture(scope="module")
def asset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("asset")
    write_shipped(target)
    return target


def test_the_endpoints_that_ship_are_those_of_all(asset: Path) -> None:
    shipped, whole = (
        EndpointResolver(json.loads((folder / "botocore/data/endpoints.json").read_text()))
        for folder in (asset, Path(botocore.__file__).parents[1])
    )
    where = [
        (service, region)
        for service in SERVICES
        for partition in whole.get_available_partitions()
        for region in whole.get_available_endpoints(service, partition, allow_non_regional=True)
    ]

    assert len(where) > 150
    for service, region in where:
        assert shipped.construct_endpoint(service, region) == whole.construct_endpoint(service, region)


@pytest.mark.parametrize("function", ["connect", "disconnect", "default", "publisher", "scheduler"])
def test_a_function_starts_with_what_ships_and_nothing_else(asset: Path, function: str) -> None:
    settings = replace(
        SETTINGS,
        auth_mode="jwt",
        auth_issuer="https://issuer.test/",
        auth_audience="tidings",
        auth_jwks_url="https://issuer.test/jwks",
    )
    # Without `site`, Python finds its own library and no package.
    done = subprocess.run(  # noqa: S603 - our own script, on the copy
        [sys.executable, "-I", "-S", "-c", BUILD_ALL, str(asset), function],
        capture_output=True,
        text=True,
        check=False,
        env={
            **settings.environment(),
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ACCESS_KEY_ID": "a",
            "AWS_SECRET_ACCESS_KEY": "b",
            "POWERTOOLS_SERVICE_NAME": function,
            "POWERTOOLS_METRICS_NAMESPACE": "Tidings",
        },
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {"clients": [*SERVICES], "s3": "UnknownServiceError"}


BUILD_ALL = """
import functools, importlib, json, sys
sys.path.insert(0, sys.argv[1])
ports = importlib.import_module(f"functions.{sys.argv[2]}.handler").ports
for name, port in vars(type(ports)).items():
    if isinstance(port, functools.cached_property):
        getattr(ports, name)
from shared.aws import clients
made = [make() for name, make in vars(clients).items() if getattr(make, "__module__", "") == clients.__name__]
services = sorted(one.meta.service_model.service_name for one in made if hasattr(one, "meta"))
try:
    clients.session().create_client("s3")
except Exception as wrong:
    print(json.dumps({"clients": services, "s3": type(wrong).__name__}))
"""
