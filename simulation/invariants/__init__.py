"""What holds in every history once all is quiet. Each has a name, which a failure prints."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from simulation.invariants import access, conflation, connections, events, inbox, memory, planned

if TYPE_CHECKING:
    from simulation.world import World

Invariant = Callable[["World"], Iterator[str]]

QUIET: dict[str, Invariant] = {
    "delivered": events.delivered,
    "to-nobody-else": events.to_nobody_else,
    "once": events.once,
    "receipts-add-up": events.receipts_add_up,
    "claims-end": events.claims_end,
    "conflated-claims-end": events.conflated_claims_end,
    "recognises-itself": events.recognises_itself,
    "last-shown-last": conflation.last_shown_last,
    "last-shown-last-despite-retries": conflation.last_shown_last_despite_retries,
    "nothing-older": conflation.nothing_older,
    "nothing-older-despite-retries": conflation.nothing_older_despite_retries,
    "window-released": conflation.window_released,
    "welcome-arrives": connections.welcome_arrives,
    "welcome-once": connections.welcome_once,
    "welcome-first": connections.welcome_first,
    "deaf-are-cut": connections.deaf_are_cut,
    "counts-true": connections.counts_true,
    "planned-arrives": planned.arrives,
    "planned-not-early": planned.not_early,
    "planned-on-time": planned.on_time,
    "moved-is-not-sent": planned.moved_is_not_sent,
    "ticket-works": access.ticket_works,
    "ticket-once": access.ticket_once,
    "token-works": access.token_works,
    "expired-are-cut": access.expired_are_cut,
    "revoked-are-cut": access.revoked_are_cut,
    "inbox-counted-once": inbox.counted_once,
    "inbox-as-heard": inbox.heard_is_kept,
    "inbox-cursor": inbox.cursor_as_acknowledged,
    "seen-is-not-told": inbox.seen_is_not_told,
    "unseen-is-told": inbox.unseen_is_told,
    "ends": connections.ends,
    "no-surprise": connections.no_surprise,
}
"""Asked when nothing more happens by itself."""
RETURNED: dict[str, Invariant] = {
    "nothing-missed": memory.nothing_missed,
    "handed-once": memory.handed_once,
    "recovered-is-true": memory.recovered_is_true,
    "lost-only-where-it-must": memory.lost_only_where_it_must,
    "read-by-nobody-else": memory.read_by_nobody_else,
    "comes-to-rest": connections.ends,
}
"""Asked when who follows the streams has come back once more."""
DAY_AFTER: dict[str, Invariant] = {"no-row-left": connections.no_row_left}
"""Asked a day after everybody left."""
