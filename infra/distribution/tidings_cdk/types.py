"""`tidings types`: the TypeScript types of an application's events, for its web project."""

import argparse

from derive.__main__ import main
from tidings.loading import DEFAULT


def types(given: argparse.Namespace) -> int:
    out = ["--out", str(given.out)] if given.out else []
    return main(["types", "--events", given.events or DEFAULT, *out])
