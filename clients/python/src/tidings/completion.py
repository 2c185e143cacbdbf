"""`tidings completion`: what a shell needs to complete commands, options and event types."""

import argparse

import shtab

from tidings.cli import parser


def completion(given: argparse.Namespace) -> int:
    print(shtab.complete(parser(given.catalog), shell=given.shell))
    return 0
