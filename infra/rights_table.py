"""The matrix of rights as a table in docs/security.md.  `python -m infra.rights_table` writes it anew."""

from pathlib import Path

from infra.permissions import PERMISSIONS

PAGE = Path(__file__).resolve().parents[1] / "docs/security.md"
BEGIN, END = "<!-- rights: written by infra.rights_table -->\n", "<!-- end of rights -->\n"


def table() -> str:
    rows = [
        f"| {function} | {resource} | {', '.join(f'`{action}`' for action in actions)} |\n"
        for function, resources in PERMISSIONS.items()
        for resource, actions in resources.items()
    ]
    return "| function | resource | actions |\n|---|---|---|\n" + "".join(rows)


def with_table(page: str) -> str:
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table()}{END}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
