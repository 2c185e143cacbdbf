"""Hostile inputs at growing sizes: the time must grow with the size, not with its square.

    .venv/bin/python -m benchmarks.fuzz.growth

Claim: four times the input takes less than eight times the time (a square would take sixteen).
"""

import json
import time
from collections.abc import Callable

from benchmarks.fuzz.entry_points import Ways

WAYS = Ways()
SHAPES: dict[str, tuple[Callable[[bytes], None], Callable[[int], bytes]]] = {
    "message: open brackets": (WAYS.message, lambda n: b"[" * n),
    "message: backslashes": (WAYS.message, lambda n: b'{"action":"' + b"\\\\" * (n // 2) + b'"}'),
    "message: long key": (WAYS.message, lambda n: json.dumps({"k" * n: 1}).encode()),
    "message: many keys": (WAYS.message, lambda n: json.dumps({f"k{i}": 1 for i in range(n // 10)}).encode()),
    "message: digits": (WAYS.message, lambda n: b'{"n": ' + b"9" * n + b"}"),
    "event: wide": (
        WAYS.event,
        lambda n: b"\x00" + json.dumps({"data": {f"k{i}": i for i in range(n // 10)}}).encode(),
    ),
    "event: list": (WAYS.event, lambda n: b"\x00" + json.dumps({"data": {"x": [0] * (n // 3)}}).encode()),
    "handshake: channels": (WAYS.handshake, lambda n: b"\n" + b"a,b," * (n // 4)),
    "handshake: origin": (WAYS.handshake, lambda n: b"\n\n\n\n" + b"https://" + b"a." * (n // 2)),
    "handshake: subprotocols": (WAYS.handshake, lambda n: b"\n\n\n\n\n" + b"x ," * (n // 3)),
    "token: dots": (WAYS.token, lambda n: b"." * n),
    "token: one part": (WAYS.token, lambda n: b"e30" * (n // 3)),
}
SMALL, LARGE = 4_000, 16_000


def milliseconds(way: Callable[[bytes], None], data: bytes) -> float:
    """The best of several: the others measure the machine."""
    took = []
    for _ in range(7):
        began = time.perf_counter()
        way(data)
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


def main() -> None:
    print(f"{'shape':<28}{f'{SMALL} bytes':>14}{f'{LARGE} bytes':>14}{'ratio':>8}")
    worst = 0.0
    for name, (way, make) in SHAPES.items():
        small, large = milliseconds(way, make(SMALL)), milliseconds(way, make(LARGE))
        worst = max(worst, large / small)
        print(f"{name:<28}{small:>11.2f} ms{large:>11.2f} ms{large / small:>8.1f}")
    print(f"worst ratio: {worst:.1f}")
    assert worst < 8, "something grows faster than the input"


if __name__ == "__main__":
    main()
