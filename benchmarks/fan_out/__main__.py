"""`make benchmark`: what fan-out costs, each claim from one run on this machine."""

import sys

from benchmarks.fan_out import cold_start, counts, cpu, dollars, reading, whole


def main() -> None:
    full = "--full" in sys.argv
    cpu.main(rounds=5 if full else 2)
    whole.against_samples((100, 1_000, 10_000))
    sizes = (10, 100, 1_000, 10_000, 30_000, 100_000) if full else (10, 100, 1_000, 10_000, 100_000)
    microseconds = whole.linear(sizes)
    reading.main()
    table = counts.main(subscribers=10_000)
    dollars.main(microseconds=microseconds, counts=table)
    cold_start.main()


if __name__ == "__main__":
    main()
