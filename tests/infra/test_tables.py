import pytest

from derive.tables import Table
from infra.tables import TABLES


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_table_of_the_docs_is_what_the_code_says(table: Table) -> None:
    assert table.page.read_text() == table.current(), "python -m infra.tables writes it anew"
