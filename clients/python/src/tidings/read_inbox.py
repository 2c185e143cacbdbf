"""`tidings inbox`: the newest items of a user's inbox, or mark them as seen."""

import argparse
import sys

from websockets.exceptions import InvalidURI

from tidings.client import Client
from tidings.errors import TidingsError
from tidings.inbox import InboxCounts, InboxPage
from tidings.listen import pretty
from tidings.terminal import as_json, complain, painter


async def read_inbox(given: argparse.Namespace) -> int:
    try:
        client = Client(given.url, user_id=given.user, token=given.token)
        async with client:
            if given.seen is not None:
                _print_counts(await client.seen(given.seen), given)
            else:
                _print_items(await client.inbox(limit=given.limit, before=given.before), given)
    except (TidingsError, ValueError, InvalidURI) as refused:
        complain(refused)
        return 1
    return 0


def _print_counts(counts: InboxCounts, given: argparse.Namespace) -> None:
    print(as_json(counts._asdict()) if given.json else f"{counts.unseen} unseen")


def _print_items(page: InboxPage, given: argparse.Namespace) -> None:
    paint = painter(sys.stdout)
    for item in page.items:
        print(as_json(item.message) if given.json else f"{item.inbox or '':>5}  {pretty(item, paint)}")
    if not given.json:
        older = f"; older ones: --before {page.through}" if page.more else ""
        print(f"{page.unseen} unseen{older}", file=sys.stderr)
