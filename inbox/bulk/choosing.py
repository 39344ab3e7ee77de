"""From what a person ticked, or all that fits their filter, to a draft that they look at before it goes."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from inbox import facts
from inbox.filters import Filter
from inbox.kinds import decidable, why_not
from inbox.models import Batch, BatchItem, Decision, InboxTask
from inbox.models.task import InboxTaskQuerySet
from inbox.order import ORDERS
from inbox.rows import Inbox, open_tasks
from inbox.states import Action

MOST = 500
# Somebody with several tabs may look at some drafts at once; older ones are forgotten.
DRAFTS_KEPT = 5


class CannotBeChosen(Exception):
    """Nothing was chosen, or too much; the text says what to do next."""


def fitting(inboxes: list[Inbox], wanted: Filter) -> InboxTaskQuerySet:
    """All open tasks that fit and can be decided here and now, in the order of the list."""
    under_way = Exists(Decision.objects.live().filter(task=OuterRef("pk")))
    return ORDERS[wanted.sort].arrange(_open(inboxes, wanted).filter(decidable(), ~under_way))


def all_that_fit(inboxes: list[Inbox], wanted: Filter) -> list[InboxTask]:
    """What `fitting` finds, and after it what fits but cannot be decided like them. Raises `CannotBeChosen`."""
    there = _bounded(fitting(inboxes, wanted))
    others = ORDERS[wanted.sort].arrange(_open(inboxes, wanted).exclude(decidable()))
    return [*there, *others.select_related("connection__tenant")[:MOST]]


def chosen_by_id(user: User, ids: Iterable[uuid.UUID]) -> list[InboxTask]:
    """The person's own tasks among these, in the given order. Raises `CannotBeChosen`."""
    places = {pk: number for number, pk in enumerate(ids)}
    found = _bounded(InboxTask.objects.of(user).select_related("connection__tenant").filter(pk__in=places))
    return sorted(found, key=lambda task: places[task.pk])


def ids_in(texts: Iterable[str]) -> list[uuid.UUID]:
    """The ids that a form named; whatever else it held is as if it were not there."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(uuid.UUID(text))
    return found


def draft(user: User, action: Action, tasks: Sequence[InboxTask], query: str = "") -> Batch:
    """Store what was chosen, with the facts it has now. Nothing is decided by it. Raises `CannotBeChosen`."""
    if not tasks:
        raise CannotBeChosen("Choose at least one task first.")
    with transaction.atomic():
        batch = Batch.objects.create(user=user, action=action, query=query)
        BatchItem.objects.bulk_create(
            BatchItem(
                batch=batch,
                task=task,
                position=number,
                seen=facts.fingerprint(task),
                skipped="" if task.closed_at else why_not(task),
            )
            for number, task in enumerate(tasks)
        )
    _forget_old_drafts(user)
    return batch


def _open(inboxes: list[Inbox], wanted: Filter) -> InboxTaskQuerySet:
    return wanted.apply(open_tasks(inboxes)).select_related("connection__tenant")


def _bounded(tasks: InboxTaskQuerySet) -> list[InboxTask]:
    found = list(tasks.select_related("connection__tenant")[: MOST + 1])
    if len(found) > MOST:
        raise CannotBeChosen(f"At most {MOST} tasks can be decided at once. Narrow the list with a filter first.")
    return found


def _forget_old_drafts(user: User) -> None:
    """Locked first, so that a draft which is just being confirmed is never taken for an old one."""
    drafts = Batch.objects.of(user).drafts()
    with transaction.atomic():
        kept = drafts.order_by("-created_at").values_list("pk", flat=True)[:DRAFTS_KEPT]
        old = drafts.exclude(pk__in=list(kept)).select_for_update(skip_locked=True)
        Batch.objects.filter(pk__in=[batch.pk for batch in old]).delete()
