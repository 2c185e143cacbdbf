from infra.rights_table import PAGE, with_table


def test_the_security_page_shows_every_right_of_every_function() -> None:
    page = PAGE.read_text()

    assert page == with_table(page), "rights changed: run .venv/bin/python -m infra.rights_table and review"
