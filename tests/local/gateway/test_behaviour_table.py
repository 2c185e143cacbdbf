"""The behaviour list is long enough, says each thing once, and is what the documentation shows."""

from __future__ import annotations

from tests.local.gateway.behaviour_table import PAGE, behaviours, page_with, render


def test_there_are_sixty_behaviours_or_more_each_said_once() -> None:
    statements = [behaviour.statement for behaviour in behaviours()]
    assert len(statements) >= 60
    assert len(statements) == len(set(statements))


def test_every_behaviour_has_a_source() -> None:
    assert all(behaviour.source for behaviour in behaviours())


def test_the_documentation_shows_the_list_as_it_is() -> None:
    stale = "stale: run .venv/bin/python -m tests.local.gateway.behaviour_table"
    assert PAGE.read_text() == page_with(render()), stale
