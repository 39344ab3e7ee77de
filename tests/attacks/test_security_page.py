"""docs/security.md says of each row which tests show it, and says the truth.

Where it does not, `python -m tests.attacks.links` brings its links up to the marks.
"""

from __future__ import annotations

import re

import pytest

from tests.attacks import links
from tests.attacks.marks import ROOT, marked
from tests.attacks.table import ROWS

PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| (T\d\d) \| .* \| (.*) \|$", PAGE, re.MULTILINE))
MARKED = marked()


def linked(row: str) -> list[tuple[str, str]]:
    """The linked tests of a row: what the link says, and the file it leads to."""
    return [(link["text"], link["path"]) for link in links.LINK.finditer(TABLE[row])]


def test_every_row_has_its_line_once() -> None:
    assert re.findall(r"^\| (T\d\d) \|", PAGE, re.MULTILINE) == list(ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_names_a_test_that_shows_it(row: str) -> None:
    """A link's text is a test's name with blanks for underscores, or the name of a file with more such tests."""
    named = [(links.named_by(text), path) for text, path in linked(row) if links.named_by(text)]
    assert named
    assert [(name, path) for name, path in named if name not in MARKED[row].get(path, ())] == []


@pytest.mark.parametrize("row", ROWS)
def test_a_row_leads_to_every_file_that_shows_it_and_to_no_other(row: str) -> None:
    assert sorted({path for _, path in linked(row)}) == sorted(MARKED[row])


def test_its_links_can_be_brought_up_to_the_marks() -> None:
    stale = re.sub(
        r"^(\| T0[1-3] \| .* \| ).* \|$", r"\1[a test that was renamed](../tests/gone.py) |", PAGE, flags=re.M
    )
    assert stale != PAGE
    again = dict(re.findall(r"^\| (T\d\d) \| .* \| (.*) \|$", links.refreshed(stale), re.MULTILINE))
    for row in ROWS:
        found = [(link["text"], link["path"]) for link in links.LINK.finditer(again[row])]
        assert {path for _, path in found} == set(MARKED[row])
        assert any(links.named_by(text) in MARKED[row][path] for text, path in found)
    assert links.refreshed(links.refreshed(stale)) == links.refreshed(stale)


def test_what_the_page_leads_to_is_there() -> None:
    places = set(re.findall(r"\]\((?!https?:)([^)#]+)", PAGE))
    assert places
    assert [place for place in places if not (ROOT / "docs" / place).exists()] == []


def test_the_modules_that_the_page_names_are_there() -> None:
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.py)?|gunicorn\.conf\.py)`", PAGE))
    assert named
    assert [place for place in named if not (ROOT / place).exists()] == []


def test_the_commands_that_the_page_names_are_there() -> None:
    commands = set(re.findall(r"manage\.py (\w+)", PAGE))
    assert commands
    known = {file.stem for file in ROOT.glob("*/management/commands/*.py")}
    assert commands - known == set()


def test_whoever_reports_a_weakness_finds_the_page() -> None:
    assert "(docs/security.md)" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
