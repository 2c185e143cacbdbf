"""What a server costs, read from /proc: CPU of its whole process tree, memory of the server itself."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """User and system time of the process, of its descendants, and of those of them that ended."""
    stats = _stats()
    tree = {pid}
    for _ in stats:  # parents may be listed after their children
        grown = tree | {child for child, fields in stats.items() if int(fields[1]) in tree}
        if grown == tree:
            break
        tree = grown
    return sum(sum(map(int, stats[one][11:15])) for one in tree if one in stats) / _TICKS


def resident_kb(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise SystemExit(f"no memory figure for {pid}")


def _stats() -> dict[int, list[str]]:
    """The fields of /proc/PID/stat from the third on: state, parent, …"""
    found: dict[int, list[str]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                found[int(entry.name)] = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it ended while we looked
                continue
    return found
