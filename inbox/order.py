"""In which order tasks are listed, and where a page of them begins: by place, never by counting rows (keyset)."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F, Q
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from inbox.models import InboxTask
from inbox.models.task import InboxTaskQuerySet

Value = datetime.datetime | datetime.date | str


@dataclass(frozen=True, slots=True)
class Order:
    """By one field and then by id; rows without a value come last.

    `parse` reads a value out of an address, where an empty one means `empty`.
    """

    label: str
    field: str
    parse: Callable[[str], Value | None]
    descending: bool = False
    empty: str | None = None

    def arrange(self, tasks: InboxTaskQuerySet) -> InboxTaskQuerySet:
        by = F(self.field).desc(nulls_last=True) if self.descending else F(self.field).asc(nulls_last=True)
        return tasks.order_by(by, "-id" if self.descending else "id")

    def place(self, task: InboxTask) -> str:
        """Where this task stands, for the address of what comes after it."""
        value = getattr(task, self.field)
        return f"{task.pk}~{'' if value is None else value if isinstance(value, str) else value.isoformat()}"

    def after(self, tasks: InboxTaskQuerySet, place: str) -> InboxTaskQuerySet:
        """What comes after a place; everything when it is none."""
        try:
            pk, value = self._read(place)
        except ValueError:
            return tasks
        return tasks.filter(self._beyond(pk, value))

    def _read(self, place: str) -> tuple[uuid.UUID, Value | None]:
        pk, _, text = place.replace("\0", "").partition("~")
        value = self.parse(text) if text else self.empty
        if text and value is None:
            raise ValueError(place)
        return uuid.UUID(pk), value

    def _beyond(self, pk: uuid.UUID, value: Value | None) -> Q:
        side = "lt" if self.descending else "gt"
        later_id = Q(**{f"id__{side}": pk})
        if value is None:
            return Q(**{self.field: None}) & later_id
        same = Q(**{self.field: value}) & later_id
        return Q(**{f"{self.field}__{side}": value}) | same | Q(**{self.field: None})


def _moment(text: str) -> datetime.datetime | None:
    moment = parse_datetime(text)
    return moment if moment and timezone.is_aware(moment) else None


NEWEST = "newest"
ORDERS = {
    NEWEST: Order("Newest first", "assigned_at", _moment, descending=True),
    "oldest": Order("Oldest first", "assigned_at", _moment),
    "due": Order("Due first", "due_on", parse_date),
    "subject": Order("By person", "subject", str, empty=""),
}
