"""Coverage-guided fuzzing of every way in.

    .venv/bin/python -m pip install --require-hashes -r requirements/fuzz.lock
    .venv/bin/python -m benchmarks.fuzz -runs=1000000 -max_len=2000 -dict=benchmarks/fuzz/words.dict

The first byte of an input chooses the way. Options are libFuzzer's; a finding ends the run and is written to
a file, which can be given as an argument to see it again.
"""

import sys

import atheris  # type: ignore[import-untyped]  # has no types, and is not installed everywhere

with atheris.instrument_imports(include=["shared", "jwt", "tests.fakes"]):
    from benchmarks.fuzz.entry_points import ways

WAYS = ways()
SEEDS = [
    b'\x00{"action": "subscribe", "channel": "jobs", "request_id": "r"}',
    b'\x00{"action": "authenticate", "token": "a.b.c"}',
    b'\x01\x00{"data": {"job_id": 1, "company": "c", "job_title": "t", "location": "l", "source": "s"}}',
    b'\x01\x0b{"data": {}, "user_id": "u", "id": "i", "deliver_at": "2025-11-15T00:00:00Z", "schedule_key": "k"}',  # noqa: E501  one input a line
    b"\x02eyJhbGciOiJIUzI1NiJ9.e30.c2ln\njobs,skills\nann\nticket\nhttps://app.example.com\ntidings, bearer.x",  # noqa: E501  one input a line
    b"\x03eyJhbGciOiJIUzI1NiIsImtpZCI6ImsifQ.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl",
]


def one(data: bytes) -> None:
    if data:
        WAYS[data[0] % len(WAYS)](data[1:])


for seed in SEEDS:
    one(seed)
atheris.Setup(sys.argv, one)
atheris.Fuzz()
