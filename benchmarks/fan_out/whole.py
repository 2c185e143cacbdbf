"""(b) the whole publisher against the samples' Scan and loop; (c) its cost and memory against subscribers."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.fan_out.running import output, server, table
from benchmarks.fan_out.servers import certificate

SHARDS = 8
GOAL_SAMPLE, GOAL_MEMORY_MB = 20, 20


@contextmanager
def world(subscribers: int, folder: Path) -> Iterator[tuple[str, str, str]]:
    certificate_file, key_file = certificate(folder)
    with (
        server("management", certificate_file, key_file) as management,
        server("tables", subscribers, SHARDS) as tables,
    ):
        yield f"http://localhost:{tables}", f"https://localhost:{management}/prod", str(certificate_file)


def measured(name: str, subscribers: int, *, rounds: int) -> tuple[float, float, float]:
    """CPU seconds and wall seconds of one event, and the process's peak memory in MB."""
    with tempfile.TemporaryDirectory() as folder, world(subscribers, Path(folder)) as places:
        text = output("-m", "benchmarks.fan_out.publishers", name, *places, SHARDS, rounds)
    reached, cpu, wall, peak_mb = map(float, text.split())
    assert reached == subscribers, (name, reached)
    return cpu, wall, peak_mb


def against_samples(sizes: tuple[int, ...]) -> None:
    rows: list[tuple[object, ...]] = []
    for size in sizes:
        rounds = max(1, min(20, 2_000 // size))
        (sample_cpu, sample_wall, _), (cpu, wall, _) = (
            measured(name, size, rounds=rounds) for name in ("sample", "ours")
        )
        rows.append(
            (
                f"{size:,}",
                f"{sample_cpu:.3f}",
                f"{cpu:.3f}",
                f"{sample_cpu / cpu:.1f}",
                f"{sample_wall:.2f}",
                f"{wall:.2f}",
            )
        )
    head = ("subscribers", "sample CPU s", "ours CPU s", "ratio", "sample wall s", "ours wall s")
    table("(b) one event, whole publisher: Scan with boto3 and post in a loop, against ours", head, rows)
    print(f"  ratio of CPU at {sizes[-1]:,}: {rows[-1][3]} (goal {GOAL_SAMPLE})")


def linear(sizes: tuple[int, ...]) -> float:
    """Returns CPU microseconds per delivery, the slope of the fit."""
    found = []
    for size in sizes:
        rounds = max(1, min(50, 5_000 // size))
        found.append((size, *measured("ours", size, rounds=rounds)))
    slope, fixed, r_squared = fit([(size, cpu) for size, cpu, _, _ in found])
    table(
        "(c) cost and memory against subscribers",
        ("subscribers", "CPU ms", "fit ms", "µs per delivery", "peak MB"),
        [
            (
                f"{n:,}",
                f"{cpu * 1e3:.1f}",
                f"{(fixed + slope * n) * 1e3:.1f}",
                f"{cpu / n * 1e6:.1f}",
                f"{mb:.0f}",
            )
            for n, cpu, _, mb in found
        ],
    )
    print(f"  CPU = {fixed * 1e3:.1f} ms + {slope * 1e6:.1f} µs a subscriber, R² = {r_squared:.4f}")
    memory = {size: mb for size, _, _, mb in found}
    small = min((size for size in memory if size >= 1_000), default=sizes[0])
    growth = memory[sizes[-1]] - memory[small]
    print(f"  memory from {small:,} to {sizes[-1]:,}: {growth:+.1f} MB (goal within {GOAL_MEMORY_MB})")
    return slope * 1e6


def fit(points: list[tuple[int, float]]) -> tuple[float, float, float]:
    """Least squares: slope, value at 0, R²."""
    count = len(points)
    mean_x = sum(x for x, _ in points) / count
    mean_y = sum(y for _, y in points) / count
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    fixed = mean_y - slope * mean_x
    residual = sum((y - fixed - slope * x) ** 2 for x, y in points)
    return slope, fixed, 1 - residual / sum((y - mean_y) ** 2 for _, y in points)
