"""Processes of the benchmarks: started here, ended here."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH_PYTHON = ROOT / ".venv/bench/bin/python"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
    "AWS_ACCESS_KEY_ID": "AKIDBENCHMARK",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "PYTHONPATH": str(ROOT),
}


@contextmanager
def server(*arguments: object) -> Iterator[int]:
    """Yields the port."""
    command = [sys.executable, "-m", "benchmarks.fan_out.servers", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=ENVIRONMENT, cwd=ROOT) as process:  # noqa: S603  ours
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def output(*command: object, python: Path | str = sys.executable, **variables: str) -> str:
    done = subprocess.run(  # noqa: S603  ours
        [str(python), *map(str, command)],
        capture_output=True,
        text=True,
        check=False,
        env={**ENVIRONMENT, **variables},
        cwd=ROOT,
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return done.stdout


def table(title: str, head: tuple[str, ...], rows: list[tuple[object, ...]]) -> None:
    cells = [tuple(map(str, row)) for row in [head, *rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    print(f"\n{title}")
    for row in cells:
        first, *rest = (
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  " + "  ".join([first, *rest]))
