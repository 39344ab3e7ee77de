"""Which of a person's requests a page shows, newest first. All of it stands in the page's address."""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Self
from urllib.parse import urlencode

from django.db.models import Count, F, Q
from django.utils.dateparse import parse_date

from accounts.models import User
from connections.models import Connection
from inbox.models import StartedRequest
from inbox.models.started import StartedRequestQuerySet
from inbox.rows import Inbox

PAGE = 25
LONGEST, WORDS_AT_MOST = 200, 8
# Where each is: what the address says, and what a person reads.
STATES = {"open": "Under way", "you": "Waiting for you", "over": "Over"}
_STATES = {
    "open": Q(ended_on=None),
    "you": Q(ended_on=None, waits_for_owner=True),
    "over": Q(ended_on__isnull=False),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Empty fields leave everything in. What an address holds beyond these, or wrongly, is as if it were not there."""

    q: str = ""
    state: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        state = query.get("state", "")
        return cls(query.get("q", "").replace("\0", "").strip()[:LONGEST], state if state in STATES else "")

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in (("q", self.q), ("state", self.state)) if value})

    def in_state(self, state: str) -> str:
        """The address of the same search for requests in another state."""
        return type(self)(self.q, state).query

    def of(self, user: User) -> StartedRequestQuerySet:
        found = StartedRequest.objects.of(user).filter(_STATES.get(self.state, Q()))
        for word in self.q.split()[:WORDS_AT_MOST]:
            texts = ("title", "about", "status", "waiting_words")
            anywhere = Q()
            for text in texts:
                anywhere |= Q(**{f"{text}__icontains": word})
            found = found.filter(anywhere)
        return found


@dataclass(frozen=True, slots=True)
class Side(Inbox):
    """One connection and how well the mirror of what its worker started stands.

    Nobody looks at Workday for it by themselves, so a look that failed is asked for again by whoever has the page.
    """

    @property
    def is_awaited(self) -> bool:
        return not self.is_broken and self.sync is not None and self.sync.is_pending

    @property
    def mark(self) -> str:
        """Changes whenever the page would look different."""
        told = (self.sync.as_of, self.sync.failed_at, self.sync.is_pending) if self.sync else ()
        return f"{self.connection.pk} {self.connection.state} {told}"


def sides_of(user: User) -> list[Side]:
    """This person's own connections, each with how well the mirror of what they started there stands."""
    mine = Connection.objects.filter(user=user, kind=Connection.Kind.PERSON).exclude(
        state=Connection.State.DISCONNECTED
    )
    mine = mine.select_related("tenant", "started_sync").order_by("created_at")
    return [Side(connection, getattr(connection, "started_sync", None)) for connection in mine]


def version(sides: list[Side]) -> str:
    """What tells an open page that there is nothing new."""
    return hashlib.sha256("|".join(side.mark for side in sides).encode()).hexdigest()[:16]


class Chip(NamedTuple):
    label: str
    query: str
    is_chosen: bool


def chips(user: User, wanted: Wanted) -> list[Chip]:
    """What can be looked at, each with how many there are whatever is searched for."""
    counts: dict[str, int] = StartedRequest.objects.of(user).aggregate(
        **{name: Count("pk", filter=state) for name, state in _STATES.items()}
    )
    states = [(f"{label} ({counts[name]})", name) for name, label in STATES.items()]
    return [Chip(label, wanted.in_state(name), wanted.state == name) for label, name in [("All", ""), *states]]


def page_of(user: User, wanted: Wanted, after: str) -> tuple[list[StartedRequest], str]:
    """One page of requests, and the place where the next one begins (empty at the end)."""
    newest = F("started_on").desc(nulls_last=True)
    found = wanted.of(user).select_related("connection__tenant").order_by(newest, "-id")
    place = _place(after)
    rows = list((found.filter(_beyond(*place)) if place else found)[: PAGE + 1])
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return rows[:PAGE], f"{last.started_on or ''}~{last.pk}" if last else ""


def _beyond(begun: datetime.date | None, pk: uuid.UUID) -> Q:
    """What comes after a place; requests without a day come last."""
    if begun is None:
        return Q(started_on=None, id__lt=pk)
    return Q(started_on__lt=begun) | Q(started_on=begun, id__lt=pk) | Q(started_on=None)


def _place(text: str) -> tuple[datetime.date | None, uuid.UUID] | None:
    day, _, pk = text.replace("\0", "").partition("~")
    try:
        begun = parse_date(day) if day else None
        return None if day and begun is None else (begun, uuid.UUID(pk))
    except ValueError:
        return None
