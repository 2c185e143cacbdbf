"""`tidings ticket`: one ticket, printed."""

import argparse

from botocore.exceptions import BotoCoreError, ClientError

from tidings.account import LOCAL, account
from tidings.errors import TidingsError
from tidings.terminal import as_json, complain
from tidings.tickets import TICKET_SECONDS, TicketOffice


def ticket(given: argparse.Namespace) -> int:
    to = account(given)
    try:
        office = TicketOffice(to.dynamodb(), table=given.table or to.access_table())
        issued = office.issue(given.user, origin=given.origin, channels=given.channels, claims=given.claims)
    except (ValueError, TidingsError, BotoCoreError, ClientError) as exc:
        nobody = isinstance(exc, BotoCoreError) and to.stage == LOCAL
        complain(
            f"No ticket: no local system answers at {to.endpoint_url}. Start it with 'make run'."
            if nobody
            else f"No ticket: {exc}"
        )
        return 1
    print(as_json({"ticket": issued, "valid_seconds": TICKET_SECONDS}) if given.json else issued)
    return 0
