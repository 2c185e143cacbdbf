"""A message to connections that are known already, without an audience and a history: greetings, notices."""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.app.fan_out.pace import Pace
from shared.app.fan_out.posting import Posting, Posts, posting_ends_at
from shared.app.fan_out.run import RUNS
from shared.app.fan_out.undeliverable import give_up
from shared.app.ports.queue import Queue
from shared.app.ports.rejections import Rejections
from shared.app.ports.subscribers import Page
from shared.domain.deliveries import DirectPost
from shared.domain.lease import Lease
from shared.domain.receipt import Receipt
from shared.domain.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDirectly:
    posts: Posts
    pace: Pace
    queue: Queue
    rejections: Rejections

    def __call__(self, direct: DirectPost, *, lease: Lease) -> Receipt:
        """After the welcome. What could not be reached goes to the queue, to be tried later.

        Raises PostsRefused.
        """
        page = self.posts.with_welcome_first(Page(0, direct.as_targets(), None))
        receipt, left = self._post(direct, page, lease=lease)
        if left:
            attempt = direct.attempt + 1
            rest = DirectPost.to(left, event_id=direct.event_id, message=direct.message, attempt=attempt)
            self.queue.put(rest, delay_seconds=self.posts.wait_seconds(left, attempt))
        return receipt

    def try_once(self, direct: DirectPost, *, lease: Lease) -> tuple[Receipt, Sequence[Target]]:
        """Also before the welcome, since this posts the welcome itself.

        What is left is worth another run; what is not was given up. Raises PostsRefused.
        """
        return self._post(direct, Page(0, direct.as_targets(), None), lease=lease)

    def _post(self, direct: DirectPost, page: Page, *, lease: Lease) -> tuple[Receipt, Sequence[Target]]:
        receipt = Receipt()
        posting = Posting(
            posts=self.posts,
            pace=self.pace,
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
        give_up(self.rejections, direct.event_id, direct.message, given_up, receipt)
        return receipt, left
