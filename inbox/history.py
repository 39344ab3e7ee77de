"""What a person decided, newest first, and finding something in it. All of it stands in the page's address."""

from __future__ import annotations

import dataclasses
import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import User
from inbox.models import Decision
from inbox.states import FINAL, Action, State

PAGE = 30
OUTCOMES = {
    "done": "Done",
    "under-way": "Under way",
    "elsewhere": "Decided in Workday",
    "not-done": "Not done",
}
_STATES: dict[str, Q] = {
    "done": Q(state=State.APPLIED),
    "under-way": ~Q(state__in=FINAL),
    "elsewhere": Q(state=State.ALREADY_DECIDED),
    "not-done": Q(state__in=(State.REFUSED, State.CHANGED, State.CANCELLED)),
}
ACTIONS = {
    Action.APPROVE: "Approved",
    Action.REJECT: "Rejected",
    Action.SEND_BACK: "Sent back",
    Action.DONE: "Marked as done",
}


@dataclass(frozen=True, slots=True)
class Past:
    """Which of a person's decisions are wanted; empty fields leave everything in."""

    q: str = ""
    outcome: str = ""
    action: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        outcome, action = query.get("outcome", ""), query.get("action", "")
        return cls(
            query.get("q", "").replace("\0", "").strip()[:200],
            outcome if outcome in OUTCOMES else "",
            action if action in ACTIONS else "",
        )

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in dataclasses.asdict(self).items() if value})

    def of(self, user: User) -> QuerySet[Decision]:
        found = Decision.objects.of(user).filter(_STATES.get(self.outcome, Q()))
        if self.action:
            found = found.filter(action=self.action)
        for word in self.q.split()[:8]:
            texts = ("task__title", "task__subject", "task__process", "comment")
            anywhere = Q()
            for text in texts:
                anywhere |= Q(**{f"{text}__icontains": word})
            found = found.filter(anywhere)
        return found


def page_of(user: User, wanted: Past, after: str) -> tuple[list[Decision], str]:
    """One page of decisions, newest first, and the place where the next one begins (empty at the end)."""
    decisions = wanted.of(user).select_related("task__connection__tenant").order_by("-created_at", "-id")
    place = _place(after)
    if place:
        moment, pk = place
        decisions = decisions.filter(Q(created_at__lt=moment) | Q(created_at=moment, id__lt=pk))
    found = list(decisions[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], f"{last.created_at.isoformat()}~{last.pk}" if last else ""


def _place(text: str) -> tuple[datetime.datetime, uuid.UUID] | None:
    moment, _, pk = text.partition("~")
    try:
        when = parse_datetime(moment)
        return (when, uuid.UUID(pk)) if when and timezone.is_aware(when) else None
    except ValueError:
        return None
