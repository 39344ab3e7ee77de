"""All steps of a request in their order: what was done, with whom it is, what comes next."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from inbox.models import StartedRequest
from inbox.started import words

# The same status words as `inbox.evidence` knows; any other is told in its own words, with a plain badge.
_TONES = {"approved": "done", "submitted": "done", "denied": "trouble", "rejected": "trouble", "sent back": "warning"}


@dataclass(frozen=True, slots=True)
class Line:
    title: str
    badge: str
    tone: str
    text: str
    comments: list[dict[str, str]] = field(default_factory=list)
    is_now: bool = False


def of(request: StartedRequest) -> list[Line]:
    now = [] if not request.is_open else [_waiting(step) for step in request.waiting]
    planned = [] if not request.is_open else [_planned(step) for step in request.planned]
    return [*(_done(step) for step in request.done), *now, *planned]


def _done(step: dict[str, Any]) -> Line:
    by = f"by {step['by']}" if step["by"] else "Workday does not say by whom"
    when = f" on {_day(step['on'])}" if step["on"] else ""
    status = step["status"] or "Done"
    return Line(step["title"] or "A step", status, _TONES.get(status.lower(), "off"), f"{by}{when}", step["comments"])


def _waiting(step: dict[str, Any]) -> Line:
    since = f" since {_day(step['since'])}" if step["since"] else ""
    due = f", due {_day(step['due_on'])}" if step["due_on"] else ""
    tone = "needs-you" if step["is_mine"] else "live"
    return Line(step["title"] or "A step", "Now", tone, f"{words.whom(step)}{since}{due}", is_now=True)


def _planned(step: dict[str, Any]) -> Line:
    groups = words.names(step["groups"]) if step["groups"] else ""
    return Line(step["title"] or "A step", "To come", "off", f"for {groups}" if groups else step["step_type"])


def _day(iso: str) -> str:
    return words.day(datetime.date.fromisoformat(iso))
