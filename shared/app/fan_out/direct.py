"""A message to connections that are known already, without an audience and a history: greetings, notices."""

from collections.abc import Sequence

from shared.app.fan_out.posting import Posting, posting_ends_at, wait_seconds, with_welcome_first
from shared.app.fan_out.run import RUNS
from shared.app.fan_out.undeliverable import give_up
from shared.app.ports import Ports
from shared.app.ports.subscribers import Page
from shared.domain.deliveries import DirectPost
from shared.domain.lease import Lease
from shared.domain.receipt import Receipt
from shared.domain.target import Target


def post_directly(ports: Ports, direct: DirectPost, *, lease: Lease) -> Receipt:
    """After the welcome. What could not be reached goes to the queue, to be tried later.

    Raises PostsRefused.
    """
    page = with_welcome_first(ports, Page(0, direct.as_targets(), None))
    receipt, left = _post(ports, direct, page, lease=lease)
    if left:
        attempt = direct.attempt + 1
        rest = DirectPost.to(left, event_id=direct.event_id, message=direct.message, attempt=attempt)
        ports.queue.put(rest, delay_seconds=wait_seconds(ports, left, attempt))
    return receipt


def try_once(ports: Ports, direct: DirectPost, *, lease: Lease) -> tuple[Receipt, Sequence[Target]]:
    """Also before the welcome, since this posts the welcome itself.

    What is left is worth another run; what is not was given up. Raises PostsRefused.
    """
    return _post(ports, direct, Page(0, direct.as_targets(), None), lease=lease)


def _post(ports: Ports, direct: DirectPost, page: Page, *, lease: Lease) -> tuple[Receipt, Sequence[Target]]:
    receipt = Receipt()
    posting = Posting(
        ports=ports,
        pace=ports.pace,
        message=direct.message.encode,
        receipt=receipt,
        until=posting_ends_at(lease),
        unpaced=len(page.targets),
    )
    posting.run(iter([page]))
    left, given_up = posting.left, posting.refused
    if direct.attempt + 1 >= RUNS:
        left, given_up = [], [*left, *given_up]
    receipt.waiting = len(left)
    give_up(ports, direct.event_id, direct.message, given_up, receipt)
    return receipt, left
