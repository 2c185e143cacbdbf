"""The product knows no word of the application that it carries: that one owns `events/`, and only that."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
WORDS = re.compile(r"job|interview|follow.?up|skill", re.IGNORECASE)
# Not the Chrome extension: it is the job application's own client, and a sample.
OF_THE_PRODUCT = ("shared", "infra", "functions", "local", "clients/python/src", "clients/javascript/src")
TEXT = {
    ".py",
    ".js",
    ".mjs",
    ".ts",
    ".jsx",
    ".json",
    ".html",
    ".css",
    ".svg",
    ".toml",
    ".md",
    ".jinja",
    ".yml",
}


def test_the_product_has_no_word_of_the_job_application() -> None:
    files = [
        file
        for folder in OF_THE_PRODUCT
        for file in sorted((ROOT / folder).rglob("*"))
        if file.suffix in TEXT and not {"node_modules", "__pycache__"} & {*file.parts}
    ]
    assert len(files) > 300
    said = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
        if WORDS.search(line)
    ]
    assert said == []
