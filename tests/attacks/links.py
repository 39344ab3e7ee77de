"""Brings the links of docs/security.md up to the marks in the tests: `python -m tests.attacks.links`.

A link that still holds stays as it is, and files that are new to a row are added behind. Nothing else is touched.
"""

from __future__ import annotations

import re

from tests.attacks.marks import ROOT, marked

PAGE = ROOT / "docs" / "security.md"
LINE = re.compile(r"^(?P<before>\| (?P<row>T\d\d) \| .* \| )(?P<links>.*)(?P<after> \|)$", re.MULTILINE)
LINK = re.compile(r"\[(?P<text>[^\]]+)\]\(\.\./(?P<path>tests/[\w/]+\.py)\)")
Tests = dict[str, set[str]]


def refreshed(page: str) -> str:
    """The page with its links as they should be."""
    found = marked()
    return LINE.sub(lambda line: f"{line['before']}{_links(line['links'], found[line['row']])}{line['after']}", page)


def named_by(text: str) -> str:
    """The test that a link's text names: a sentence of several words."""
    return f"test_{text.replace(' ', '_')}" if " " in text else ""


def _links(old: str, tests: Tests) -> str:
    links = [(link["text"], link["path"]) for link in LINK.finditer(old)]
    kept = [(text, path) for text, path in links if path in tests and _holds(text, tests[path])]
    known = {path for _, path in kept}
    wanted = kept + [(path.rpartition("/")[2].removesuffix(".py"), path) for path in sorted(set(tests) - known)]
    if wanted and not any(named_by(text) for text, _ in wanted):
        wanted[0] = _as_sentence(wanted[0][1], tests)
    return ", ".join(f"[{text}](../{path})" for text, path in wanted)


def _holds(text: str, tests: set[str]) -> bool:
    return not named_by(text) or named_by(text) in tests


def _as_sentence(path: str, tests: Tests) -> tuple[str, str]:
    return min(tests[path]).removeprefix("test_").replace("_", " "), path


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
