"""A message to connections that are known already, without an audience and a history: greetings, notices."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class PostDirectly:
    posts: Posts
    pace: Pace
    queue: Queue
    rejections: Rejections

    def __call__(self, direct: DirectPost, *, lease: Lease) -> Receipt:
        """What could not be reached goes to the queue, to be tried later. Raises PostsRefused."""
        receipt = Receipt()
        targets = direct.as_targets()
        posting = Posting(
            posts=self.posts,
            pace=self.pace,
            message=direct.message.encode(),
            receipt=receipt,
            until=posting_ends_at(lease),
            unpaced=len(targets),
        )
        posting.run(iter([Page(0, targets, None)]))
        left, given_up = posting.left, posting.refused
        attempt = direct.attempt + 1
        if attempt >= RUNS:
            left, given_up = [], [*left, *given_up]
        elif left:
            rest = DirectPost.to(left, event_id=direct.event_id, message=direct.message, attempt=attempt)
            self.queue.put(rest, delay_seconds=int(2**attempt * (0.5 + self.posts.jitter())))
        receipt.waiting = len(left)
        give_up(self.rejections, direct.event_id, direct.message, given_up, receipt)
        return receipt
