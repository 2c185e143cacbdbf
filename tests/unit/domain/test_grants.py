"""Who may hear a channel: grants by name and pattern, rules, and denials before all of them."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.domain.errors import AccessRefused, Refusal
from shared.domain.grants import known_to, why_not
from shared.domain.identity import Identity
from tests.fakes import shop
from tidings.catalog import Catalog, Channel, Who
from tidings.system import with_system

CATALOG = with_system(shop.catalog)
YES, DENIED, NOT_GRANTED = None, "denied by the token", "not granted by the token"


def ann(*grants: str, claims: Mapping[str, Any] | None = None, has_claim: bool = True) -> Identity:
    identity = Identity(
        user_id="ann",
        verified=True,
        grants=frozenset(grants) if has_claim else None,
        claims=claims or {},
    )
    return known_to(identity, CATALOG)


@pytest.mark.parametrize(
    ("grants", "name", "said"),
    [
        ([], "news", NOT_GRANTED),
        (["news"], "news", YES),
        (["*"], "news", YES),
        (["*"], "orders/42", NOT_GRANTED),
        (["*/*"], "orders/42", YES),
        (["*", "!news"], "news", DENIED),
        (["!news"], "system", NOT_GRANTED),
        (["news", "!*"], "news", DENIED),
        (["orders/42"], "orders/42", YES),
        (["orders/42"], "orders/43", NOT_GRANTED),
        (["orders/42"], "orders/4", NOT_GRANTED),
        (["orders/*"], "orders/42", YES),
        (["orders/*", "!orders/7"], "orders/7", DENIED),
        (["orders/*", "!orders/7"], "orders/77", YES),
        (["orders/7", "!orders/*"], "orders/7", DENIED),
        (["orders/7", "!orders/7"], "orders/7", DENIED),
        (["orders/4*"], "orders/42", NOT_GRANTED),
        (["orders/**"], "orders/42", NOT_GRANTED),
        (["orders/.*"], "orders/42", NOT_GRANTED),
        (["orders"], "orders/42", NOT_GRANTED),
        (["orders/*/*"], "orders/42", NOT_GRANTED),
        (["orders/{order_id}"], "orders/42", NOT_GRANTED),
        (["orders/1|orders/42"], "orders/42", NOT_GRANTED),
        (["*/42"], "orders/42", YES),
        (["news/*"], "orders/42", NOT_GRANTED),
        # The rule would raise without the claim; a grant is decided before it, and so is a denial.
        (["teams/*"], "teams/red", YES),
        (["teams/red", "!teams/red"], "teams/red", DENIED),
    ],
    ids=str,
)
def test_a_token_grants_by_name_and_pattern_and_denies_before(
    grants: list[str], name: str, said: str | None
) -> None:
    assert why_not(ann(*grants), name, CATALOG) == said


@pytest.mark.parametrize(
    ("grants", "claims", "said"),
    [
        (None, {"teams": ["red"]}, YES),
        ([], {"teams": ["red"]}, YES),
        (["!teams/red"], {"teams": ["red"]}, DENIED),
        (["!teams/*"], {"teams": ["red"]}, DENIED),
        (None, {"teams": ["blue"]}, "the rule of teams/{team} says no"),
        (["news"], {"teams": []}, "the rule of teams/{team} says no"),
        (None, {}, "the rule of teams/{team} raised KeyError: 'teams'"),
        (None, {"teams": 5}, "the rule of teams/{team} raised TypeError: argument of type"),
    ],
)
def test_a_rule_decides_where_the_token_neither_grants_nor_denies(
    grants: list[str] | None, claims: dict[str, Any], said: str | None
) -> None:
    one = ann(*(grants or ()), has_claim=grants is not None, claims=claims)
    answer = why_not(one, "teams/red", CATALOG)
    assert answer == said or (said is not None and answer is not None and answer.startswith(said))


def test_a_token_without_a_channels_claim_hears_every_channel_that_has_no_rule() -> None:
    one = ann(has_claim=False)
    heard = [name for name in ("news", "orders/42", "teams/red") if why_not(one, name, CATALOG) is None]
    assert heard == ["news", "orders/42"]


@pytest.mark.parametrize("answer", [None, 1, "yes", [True]])
def test_what_a_rule_says_that_is_not_true_is_a_no(answer: Any) -> None:
    odd = Channel("odd/{thing}", may_join=lambda _who, **_values: answer)
    catalog = Catalog({odd.name: odd})
    assert "not True" in str(why_not(ann(has_claim=False), "odd/1", catalog))


def test_a_rule_sees_the_claims_that_its_channel_names_and_no_others() -> None:
    seen: list[Who] = []

    def rule(who: Who, **_values: str) -> bool:
        seen.append(who)
        return True

    one, two = Channel("one", may_join=rule, claims=("a", "b")), Channel("two", may_join=rule, claims=("c",))
    catalog = Catalog({each.name: each for each in (one, two)})
    identity = Identity(user_id="ann", verified=True, claims={"a": 1, "c": 3, "email": "ann@example.com"})
    kept = known_to(identity, catalog)
    assert kept.claims == {"a": 1, "c": 3}
    assert why_not(kept, "one", catalog) is None
    assert seen == [Who("ann", {"a": 1})]


def test_of_the_channels_claim_only_what_means_a_channel_is_kept() -> None:
    said = ["openid", "orders/1", "!orders/2", "*/3", "a|b", "orders/1|x", "", "!", "news"]
    kept = ann(*said).grants or frozenset()
    assert set(kept) == {"orders/1", "!orders/2", "orders/3", "teams/3", "news"}


@pytest.mark.parametrize(
    "more",
    [
        {"claims": {"teams": ["t" * 64] * 64}},
        {"grants": frozenset(f"orders/{number}" for number in range(400))},
    ],
    ids=["claims", "grants"],
)
def test_what_is_too_large_to_keep_with_a_connection_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(AccessRefused) as refused:
        known_to(Identity(user_id="ann", verified=True, **more), CATALOG)
    assert refused.value.refusal is Refusal.CLAIMS_TOO_LARGE
