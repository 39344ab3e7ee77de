"""How much a browser that knows nothing yet has to fetch for the inbox: the page, its scripts, its style sheet."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from bench.figures import Figure, table
from bench.person import Person

GOAL = 60.0
_LINKED = re.compile(r'<script src="([^"]+)"|<link rel="stylesheet" href="([^"]+)"')


def measure(person: Person) -> Figure:
    """Bodies as they are sent, compressed as a browser allows; in kB of 1,000 bytes."""
    page = "/inbox/"
    linked = ["".join(found) for found in _LINKED.findall(person.get(page))]
    sent = {path: _bytes_sent(person, path) for path in [page, *linked]}
    print(table(["first page", "bytes sent"], [[path, f"{count:,}"] for path, count in sent.items()]))
    return Figure("first page in all", sum(sent.values()) / 1000, GOAL, "kB")


def _bytes_sent(person: Person, path: str) -> int:
    headers = {"Accept-Encoding": "gzip, br"}
    with person.session.get(urljoin(person.url, path), headers=headers, stream=True, timeout=30) as answer:
        answer.raise_for_status()
        return len(answer.raw.read(decode_content=False))
