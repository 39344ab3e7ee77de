"""How many tasks wait, by what people sort them by. One query, and none of it reads a task."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils import timezone

from inbox.rows import Inbox, open_tasks


@dataclass(frozen=True, slots=True)
class Counts:
    """Of the whole inbox, whatever is filtered."""

    kinds: Counter[str] = field(default_factory=Counter)
    steps: Counter[str] = field(default_factory=Counter)
    tenants: Counter[str] = field(default_factory=Counter)
    overdue: int = 0

    @property
    def open(self) -> int:
        return self.steps.total()


def counts_of(inboxes: list[Inbox]) -> Counts:
    keys = {inbox.connection.pk: inbox.connection.tenant.key for inbox in inboxes}
    late = Count("pk", filter=Q(due_on__lt=timezone.localdate()))
    by = ("connection", "kind", "step_type")
    groups = open_tasks(inboxes).order_by().values(*by).annotate(count=Count("pk"), late=late)
    kinds, steps, tenants, overdue = Counter[str](), Counter[str](), Counter[str](), 0
    for connection, kind, step, count, late_ones in groups.values_list(*by, "count", "late"):
        kinds[kind] += count
        steps[step] += count
        tenants[keys[connection]] += count
        overdue += late_ones
    return Counts(kinds, steps, tenants, overdue)
