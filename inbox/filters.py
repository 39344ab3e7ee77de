"""Which part of an inbox a person looks at, and in what order. All of it stands in the page's address."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone

from inbox.kinds import decidable, finishable
from inbox.models.task import InboxTaskQuerySet
from inbox.order import NEWEST, ORDERS

WEEK = datetime.timedelta(days=7)
DUE = {"overdue": "Overdue", "today": "Due today", "week": "Due within a week", "none": "Without a due date"}
# The integration system user's tasks are nobody's own: an administrator looks at them apart.
ISU = "isu"
WHOSE = {ISU: "Integration system user"}
HERE = {"yes": "Can be decided here", "no": "Only in Workday"}
# Whoever searches for more words than that has found it already.
LONGEST, WORDS_AT_MOST = 200, 8


@dataclass(frozen=True, slots=True)
class Filter:
    """Empty fields leave everything in. What an address holds beyond these, or wrongly, is as if it were not there."""

    q: str = ""
    kind: str = ""
    step: str = ""
    due: str = ""
    here: str = ""
    tenant: str = ""
    whose: str = ""
    sort: str = NEWEST

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        given = {field.name: query.get(field.name, "").replace("\0", "").strip()[:LONGEST] for field in _FIELDS}
        for name, known in (("due", DUE), ("here", HERE), ("whose", WHOSE), ("sort", ORDERS)):
            if given[name] not in known:
                del given[name]
        return cls(**given)

    @property
    def query(self) -> str:
        """This filter as part of an address, only what is not usual; empty for the whole inbox."""
        return urlencode({f.name: getattr(self, f.name) for f in _FIELDS if getattr(self, f.name) != f.default})

    @property
    def narrows(self) -> bool:
        """Whether this leaves anything out of the inboxes that are looked at."""
        return bool(dataclasses.replace(self, sort=NEWEST, whose="").query)

    @property
    def everything(self) -> str:
        """The address of the same inboxes with nothing left out."""
        return type(self)(whose=self.whose).query

    def of_kind(self, kind: str) -> str:
        """The address of the same view for another kind of process."""
        return dataclasses.replace(self, kind=kind).query

    def apply(self, tasks: InboxTaskQuerySet) -> InboxTaskQuerySet:
        return tasks.filter(self._words(), self._due(), self._here(), **self._equal())

    def _equal(self) -> dict[str, str]:
        wanted = {"kind": self.kind, "step_type": self.step, "connection__tenant__key": self.tenant}
        return {name: value for name, value in wanted.items() if value}

    def _words(self) -> Q:
        """Each word somewhere: in the title, the person, the process, who began it, or a detail that was fetched."""
        found = Q()
        for word in self.q.split()[:WORDS_AT_MOST]:
            found &= (
                Q(title__icontains=word)
                | Q(subject__icontains=word)
                | Q(process__icontains=word)
                | Q(initiator__icontains=word)
                | Q(detail__text__icontains=word)
            )
        return found

    def _due(self) -> Q:
        today = timezone.localdate()
        match self.due:
            case "overdue":
                return Q(due_on__lt=today)
            case "today":
                return Q(due_on=today)
            case "week":
                return Q(due_on__lte=today + WEEK)
            case "none":
                return Q(due_on=None)
            case _:
                return Q()

    def _here(self) -> Q:
        match self.here:
            case "yes":
                return decidable() | finishable()
            case "no":
                return ~(decidable() | finishable())
            case _:
                return Q()


_FIELDS = dataclasses.fields(Filter)
