"""What a person reads before many decisions go: how many of what, whose, where, and what is left out and why."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from inbox.models import Batch, BatchItem, Decision, InboxTask
from inbox.wishes import UNDER_WAY, NotDecidable, NotWhatWasSeen, hold_against

NAMED_AT_MOST = 12


class Named(NamedTuple):
    """The most frequent names with how many of each, and how many more names there are."""

    counts: list[tuple[str, int]]
    more: int


@dataclass(frozen=True)
class Summary:
    """A draft as it stands against the mirror now."""

    batch: Batch
    going: list[BatchItem]
    left_out: list[tuple[BatchItem, str]]

    @property
    def tasks(self) -> list[InboxTask]:
        return [item.task for item in self.going]

    @cached_property
    def kinds(self) -> Named:
        return _named(task.kind or task.title for task in self.tasks)

    @cached_property
    def people(self) -> Named:
        return _named(task.subject for task in self.tasks if task.subject)

    @property
    def places(self) -> list[tuple[str, int]]:
        """The tenants, and whether it is the integration system user's inbox there."""
        return Counter(_place(task) for task in self.tasks).most_common()

    @property
    def overdue(self) -> int:
        return sum(task.is_overdue for task in self.tasks)

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return Counter(reason for _, reason in self.left_out).most_common()

    @property
    def newly_left_out(self) -> list[BatchItem]:
        """Left out because of what happened since the choice; confirming this summary leaves them out for good."""
        return [item for item, _ in self.left_out if not item.skipped]


def _named(names: Iterable[str]) -> Named:
    counts = Counter(names).most_common()
    return Named(counts[:NAMED_AT_MOST], max(len(counts) - NAMED_AT_MOST, 0))


def summary_of(batch: Batch) -> Summary:
    items = list(batch.items.select_related("task__connection__tenant"))
    under_way = _under_way([item.task for item in items])
    judged = [(item, item.skipped or _reason_against(item, under_way)) for item in items]
    going = [item for item, reason in judged if not reason]
    return Summary(batch, going, [(item, reason) for item, reason in judged if reason])


def _under_way(tasks: list[InboxTask]) -> set[tuple[uuid.UUID, str]]:
    """Tenant and id of the tasks that somebody is deciding already."""
    live = Decision.objects.live().filter(task_wid__in=[task.wid for task in tasks])
    return set(live.values_list("tenant_id", "task_wid"))


def _reason_against(item: BatchItem, under_way: set[tuple[uuid.UUID, str]]) -> str:
    if (item.task.connection.tenant_id, item.task.wid) in under_way:
        return UNDER_WAY
    try:
        hold_against(item.task, item.seen)
    except NotWhatWasSeen:
        return "It has changed since you chose it. Look at it again."
    except NotDecidable as refusal:
        return str(refusal)
    return ""


def _place(task: InboxTask) -> str:
    connection = task.connection
    return f"{connection.tenant.name} (integration system user)" if connection.is_isu else connection.tenant.name
