"""What a mail about waiting tasks says: how many of which kind and where to look, and titles only where wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from inbox.models import InboxTask

KINDS_SHOWN = 10
TITLES_SHOWN = 20


class Line(NamedTuple):
    number: int
    kind: str
    link: str


def subject(count: int, *, is_news: bool) -> str:
    new = "new " if is_news else ""
    return f"1 {new}task waits for you" if count == 1 else f"{count} {new}tasks wait for you"


def headers() -> dict[str, str]:
    """Where mail programs lead to who wants fewer mails (RFC 2369), and that no answer is expected (RFC 3834)."""
    return {"List-Unsubscribe": f"<{choices_link()}>", "Auto-Submitted": "auto-generated"}


def choices_link() -> str:
    return f"{settings.PUBLIC_URL}{reverse('inbox:notices')}"


def content(tasks: Sequence[InboxTask], *, is_news: bool, with_titles: bool) -> dict[str, Any]:
    shown = tasks[:TITLES_SHOWN] if with_titles else []
    return {
        "headline": subject(len(tasks), is_news=is_news),
        "lines": _lines(tasks),
        "titles": [_title(task) for task in shown],
        "more": len(tasks) - len(shown) if shown else 0,
        "link": _inbox(view="all"),
        "choices": choices_link(),
    }


def _lines(tasks: Sequence[InboxTask]) -> list[Line]:
    counts = Counter(_kind(task) for task in tasks)
    named = [kind for kind, _ in counts.most_common() if kind][:KINDS_SHOWN]
    others = len(tasks) - sum(counts[kind] for kind in named)
    lines = [Line(counts[kind], kind, _inbox(kind=kind)) for kind in named]
    return [*lines, Line(others, "Other", _inbox(view="all"))] if named and others else lines


def _kind(task: InboxTask) -> str:
    """The kind of process where it stands apart from whom it is about; else nothing, as it may hold a name."""
    stands_apart = ":" in task.process and (not task.subject or task.subject not in task.kind)
    return _one_line(task.kind) if stands_apart else ""


def _title(task: InboxTask) -> str:
    about = "" if not task.subject or task.subject in task.process else f", {task.subject}"
    return _one_line(f"{task.process or task.title}{about}")


def _inbox(**query: str) -> str:
    return f"{settings.PUBLIC_URL}{reverse('inbox:list')}?{urlencode(query)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
