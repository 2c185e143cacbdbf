"""(a) CPU per post: one TLS server, 190 bytes, warm connections. wrk, which signs nothing, is the floor."""

import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks.fan_out.running import BENCH_PYTHON, output, server, table
from benchmarks.fan_out.senders import IN_FLIGHT, MESSAGE, SENDERS
from benchmarks.fan_out.servers import certificate

ELSEWHERE = ("aiobotocore", "libcurl (pycurl multi)", "aiohttp")
POSTS = {"boto3": 1_000, "boto3, 10 threads": 1_500, "aiobotocore": 1_500, "aiohttp": 5_000}
GOAL_BOTO3, GOAL_WRK = 40, 3


def main(*, rounds: int) -> float:
    """Returns our microseconds per post."""
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        certificate_file, key_file = certificate(Path(folder))
        with server("management", certificate_file, key_file) as port:
            endpoint = f"https://localhost:{port}/prod"
            # Round by round, so that what else this machine does falls on all of them.
            for _ in range(rounds):
                for name in SENDERS:
                    text = output(
                        "benchmarks/fan_out/senders.py",
                        name,
                        endpoint,
                        certificate_file,
                        POSTS.get(name, 20_000),
                        python=BENCH_PYTHON if name in ELSEWHERE else sys.executable,
                    )
                    cpu, rate = map(float, text.split())
                    found.setdefault(name, []).append((cpu, rate))
                if shutil.which("wrk"):
                    found.setdefault("wrk", []).append(_wrk(endpoint, Path(folder)))
    cost = {name: median(cpu for cpu, _ in seen) for name, seen in found.items()}
    table(
        f"(a) CPU per post, median of {rounds} rounds",
        ("sender", "µs CPU", "posts per CPU-second", "posts/s seen", "to ours"),
        [
            (
                name,
                f"{cpu:.1f}",
                f"{1e6 / cpu:,.0f}",
                f"{median(rate for _, rate in found[name]):,.0f}",
                f"{cpu / cost['ours']:.2f}",
            )
            for name, cpu in cost.items()
        ],
    )
    times_boto3 = cost["boto3, 10 threads"] / cost["ours"]
    print(f"  boto3 with 10 threads costs {times_boto3:.1f} times ours (goal {GOAL_BOTO3})")
    if "wrk" in cost:
        print(f"  ours costs {cost['ours'] / cost['wrk']:.2f} times wrk's (goal at most {GOAL_WRK})")
    else:
        print("  wrk is not installed: no floor (Debian: apt-get install wrk)")
    return cost["ours"]


def _wrk(endpoint: str, folder: Path) -> tuple[float, float]:
    script = folder / "post.lua"
    authorization = "AWS4-HMAC-SHA256 Credential=" + "x" * 180
    script.write_text(
        f'wrk.method = "POST"\nwrk.body = "{"x" * len(MESSAGE)}"\n'
        f'wrk.headers["Authorization"] = "{authorization}"\nwrk.headers["X-Amz-Date"] = "20261122T200000Z"\n'
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603  ours
        [
            shutil.which("wrk") or "wrk",
            "-t1",
            f"-c{IN_FLIGHT}",
            "-d2",
            "-s",
            str(script),
            f"{endpoint}/@connections/TX00000000oECE=",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    requests = next(int(line.split()[0]) for line in done.stdout.splitlines() if "requests in" in line)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu / requests * 1e6, requests / 2
