"""What ships in every function: the sources, the application's events and the locked packages for arm64.

No Docker is needed.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra.bytecode import compile_with, python_of
from tidings import loading
from tidings.loading import Found

_HERE = Path(__file__).resolve().parents[1]
# In the wheel `tidings-cdk` what ships lies in a folder of its own, with the packages as they were built.
REPOSITORY = _HERE / "_program" if (_HERE / "_program").is_dir() else _HERE
PREBUILT = "packages.zip"
# Folder in the repository, and where its files stand in the bundle.
SOURCES = {"functions": "functions", "shared": "shared"}
# Of the client's package only what declares events: the rest needs libraries that no function has.
DECLARING = tuple(f"clients/python/src/tidings/{name}.py" for name in loading.DECLARING)
LOCK = "requirements/lambda.lock"
CACHE = ".cache/lambda"

PYTHON_VERSION = "3.14"
# Lambda's Amazon Linux 2023 has glibc 2.34: wheels for 2.17 and for 2.28 both run there.
PLATFORMS = ("manylinux2014_aarch64", "manylinux_2_28_aarch64")
# The AWS services the functions call. botocore brings the models of 400.
SERVICES = ("dynamodb", "events", "secretsmanager", "sqs", "ssm")


class BundleError(RuntimeError):
    """The packages could not be installed; the message carries what pip said."""


def source_hash(events: Found, root: Path = REPOSITORY) -> str:
    """Changes when what ships changes, and only then: pip's timestamps do not count."""
    digest = hashlib.sha256(f"{_packages_hash(root)} {compiles()}".encode())
    for path, name in _source_files(events, root):
        digest.update(f"\0{name}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def write_bundle(target: Path, events: Found, root: Path = REPOSITORY) -> None:
    """Fill the folder with what Lambda shall unpack. The packages come from a cache while the lock stays."""
    write_packages(target, root)
    write_sources(target, events, root)
    python = python_of(PYTHON_VERSION)
    if python is not None:
        compile_with(python, target)


def write_sources(target: Path, events: Found, root: Path = REPOSITORY) -> None:
    for path, name in _source_files(events, root):
        copy = target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def compiles() -> bool:
    """Whether the bundle that is written here has bytecode."""
    return python_of(PYTHON_VERSION) is not None


def write_packages(target: Path, root: Path = REPOSITORY) -> None:
    """Fill the folder with the locked packages for Lambda."""
    prebuilt = root / PREBUILT
    if prebuilt.exists():
        with zipfile.ZipFile(prebuilt) as archive:
            archive.extractall(target)
    else:
        shutil.copytree(_packages(root), target, dirs_exist_ok=True)


def prune(packages: Path) -> None:
    """Remove what no function uses: models and endpoints of other services, tests, scripts."""
    for service in (packages / "botocore/data").glob("*/"):
        # Files beside the folders (endpoints, partitions, retries, defaults) are read for any client.
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    for path in (packages / "botocore/data").glob("endpoints.json"):
        _prune_endpoints(path)
    for folder in [packages / "bin", *packages.rglob("tests"), *packages.rglob("__pycache__")]:
        shutil.rmtree(folder, ignore_errors=True)


def _prune_endpoints(path: Path) -> None:
    """Each cold start reads the whole file, 1.2 MB for 400 services."""
    endpoints = json.loads(path.read_text())
    for partition in endpoints["partitions"]:
        services = partition["services"]
        partition["services"] = {name: services[name] for name in SERVICES if name in services}
    path.write_text(json.dumps(endpoints))


def _source_files(events: Found, root: Path) -> Iterator[tuple[Path, str]]:
    """Each file, and its name in the bundle."""
    for folder, name in SOURCES.items():
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".ts":
                yield path, f"{name}/{path.relative_to(root / folder).as_posix()}"
    yield from events.files()
    for declaring in DECLARING:
        yield root / declaring, f"tidings/{Path(declaring).name}"


def _packages_hash(root: Path) -> str:
    digest = hashlib.sha256((root / LOCK).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()


def _packages(root: Path) -> Path:
    cached = root / CACHE / _packages_hash(root)
    if not cached.exists():
        cached.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cached.parent) as work:
            fresh = Path(work, "packages")
            _install(root / LOCK, fresh)
            prune(fresh)
            try:
                fresh.rename(cached)  # all or nothing: a synth that is interrupted leaves no half cache
            except OSError:
                if not cached.exists():  # Otherwise another process was quicker. Its packages are the same.
                    raise
    return cached


def _install(lock: Path, target: Path) -> None:
    platforms = [option for platform in PLATFORMS for option in ("--platform", platform)]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check"),
        *("--require-hashes", "--no-deps", "--no-compile", "--only-binary=:all:"),
        *("--implementation", "cp", "--python-version", PYTHON_VERSION, *platforms),
        *("--requirement", str(lock), "--target", str(target)),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - all of it is ours
    if done.returncode != 0:
        raise BundleError(f"The packages of {lock.name} could not be installed for Lambda:\n{done.stderr}")
