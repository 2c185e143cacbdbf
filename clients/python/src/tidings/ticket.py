"""`tidings ticket`: one ticket, printed."""

import argparse
import sys

from botocore.exceptions import BotoCoreError, ClientError

from tidings.account import session
from tidings.tickets import TicketOffice


def ticket(given: argparse.Namespace) -> int:
    aws, endpoint_url = session(given)
    office = TicketOffice(aws.client("dynamodb", endpoint_url=endpoint_url), table=given.table)
    try:
        print(office.issue(given.user, origin=given.origin, channels=given.channels))
    except (ValueError, BotoCoreError, ClientError) as exc:
        print(f"No ticket: {exc}", file=sys.stderr)
        return 1
    return 0
