"""What the page of one task says, in the order of reading, whatever kind of task it is."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format

from connections.standing import Standing, for_person
from inbox.detail import fetching
from inbox.detail.content import Content, DayOff, day_of
from inbox.models import InboxTask, TaskDetail
from inbox.rows import Row


class Fact(NamedTuple):
    label: str
    text: str


class Line(NamedTuple):
    """One step of the process as a line of its history."""

    title: str
    badge: str
    tone: str
    who: str
    date: datetime.date | None
    is_now: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One task with everything that Workday told of it."""

    row: Row
    detail: TaskDetail | None
    content: Content = field(default_factory=Content)

    @property
    def task(self) -> InboxTask:
        return self.row.task

    @property
    def is_awaited(self) -> bool:
        return self.detail is not None and self.detail.is_awaited and fetching.can_be_had(self.task)

    @property
    def is_told(self) -> bool:
        return self.detail is not None and self.detail.as_of is not None

    @property
    def standing(self) -> Standing | None:
        """Why nothing can be fetched, where the connection does not work."""
        connection = self.task.connection
        return None if connection.is_usable else for_person(connection.tenant, connection)

    @property
    def facts(self) -> list[Fact]:
        """What the list knows, then what Workday told of the process; what nobody said is not there."""
        task, told = self.task, self.content
        rows = [
            ("For", told.about or task.subject),
            ("From", told.initiator or task.initiator),
            ("Business title now", told.title_now),
            ("Business title wanted", told.title_wanted),
            ("Takes effect", _day(day_of(told.effective_on))),
            ("Step", task.title),
            ("Step type", task.step_type),
            ("Due", _day(task.due_on)),
            ("Assigned", date_format(timezone.localtime(task.assigned_at), "j M Y, H:i") if task.assigned_at else ""),
            ("Started", _day(day_of(told.started_on))),
            ("Process due", _day(day_of(told.due_on)) if day_of(told.due_on) != task.due_on else ""),
            ("Status", told.status or task.status),
            ("Tenant", task.connection.tenant.name),
        ]
        return [Fact(label, text) for label, text in rows if text]

    @property
    def total(self) -> str:
        """The time off in all, where its days are counted in one unit."""
        units = {day.unit for day in self.content.days}
        try:
            amount = sum((Decimal(day.units) for day in self.content.days), Decimal())
        except InvalidOperation:
            return ""
        return f"{amount.normalize():f} {units.pop()}" if len(units) == 1 and amount.is_finite() else ""

    @property
    def days(self) -> list[DayOff]:
        return sorted(self.content.days, key=lambda day: day.day)

    @property
    def lines(self) -> list[Line]:
        """Who did what before, with whom it is now, and what may come next."""
        told = self.content
        done = [Line(s.title, s.status or "Done", _tone(s.status), s.who, s.date, False) for s in told.done]
        now = [Line(s.title, "Now", "live", s.who, s.date, True) for s in told.waiting]
        return [*done, *now, *(Line(s.title, "To come", "off", s.who, None, False) for s in told.planned)]


def sheet_of(row: Row, detail: TaskDetail | None) -> Sheet:
    return Sheet(row, detail, Content.read(detail.content) if detail else Content())


def _day(day: datetime.date | None) -> str:
    return date_format(day, "j M Y") if day else ""


def _tone(status: str) -> str:
    """The status words are those of English tenants; any other gets a plain badge."""
    tones = {"approved": "done", "submitted": "done", "denied": "trouble", "sent back": "warning"}
    return tones.get(status.lower(), "off")
