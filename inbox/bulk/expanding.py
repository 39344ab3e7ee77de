"""From a confirmed batch to its decisions: in chunks, each in a transaction of its own, by whoever is at hand.

The confirmation is committed first. Then web goes on for a moment, a worker takes what is left, and the sweeper
finds what both of them left lying. An item becomes a decision once: its id is the decision's nonce.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Collection

from django.db import transaction
from django.db.models.functions import Now

from audit.models import record
from connections.models import Tenant
from inbox.models import Batch, BatchItem, InboxTask
from inbox.states import Action
from inbox.wishes import UNDER_WAY, NotDecidable, NotWhatWasSeen, Wish, hold_against, pass_points, place_all

CHUNK = 50


def confirm(batch: Batch, comment: str, without: Collection[uuid.UUID]) -> bool:
    """Make the draft a person's wish, for good; False when it was one already. The caller goes on with `expand`.

    `without` are the items that the summary showed as left out: what it did not promise to send is not sent, even
    if it could be by now.
    """
    with transaction.atomic():
        fresh = Batch.objects.drafts().filter(pk=batch.pk)
        if not fresh.update(comment=comment, confirmed_at=Now()):
            return False
        batch.items.pending().filter(pk__in=without).update(
            skipped="The summary that you confirmed left it out.", handled_at=Now()
        )
        record("batch.confirmed", actor=batch.user_id, subject=batch.pk, action=batch.action)
    return True


def expand(batch_id: uuid.UUID, seconds: float = 30.0) -> tuple[bool, set[uuid.UUID]]:
    """Turn items into decisions for that long; whether all are, and the tenants that have work now."""
    until, tenants = time.monotonic() + seconds, set[uuid.UUID]()
    while True:
        more = _expand_chunk(batch_id)
        if more is None:
            return True, tenants
        tenants |= more
        if time.monotonic() > until:
            return False, tenants


def unfinished() -> list[uuid.UUID]:
    """The confirmed batches that nobody has brought to their end yet."""
    return list(Batch.objects.unfinished().order_by("confirmed_at").values_list("pk", flat=True)[:50])


def _expand_chunk(batch_id: uuid.UUID) -> set[uuid.UUID] | None:
    """The tenants of the next decisions; None when there is nothing left to do, or somebody else is doing it."""
    with transaction.atomic():
        mine = Batch.objects.unfinished().select_for_update(skip_locked=True, of=("self",))
        batch = mine.select_related("user").filter(pk=batch_id).first()
        if batch is None:
            return None
        items = list(batch.items.pending()[:CHUNK])
        if not items:
            Batch.objects.filter(pk=batch_id).update(expanded_at=Now())
            return None
        tenants = _accept(batch, items)
        pass_points()
    return tenants


def _accept(batch: Batch, items: list[BatchItem]) -> set[uuid.UUID]:
    own = InboxTask.objects.of(batch.user).select_related("connection__tenant")
    tasks = own.in_bulk([item.task_id for item in items])
    for item in items:
        item.skipped = _reason_against(item, tasks.get(item.task_id))
    wishes = [(tasks[item.task_id], _wish(batch, item)) for item in items if not item.skipped]
    placed = place_all(batch.user, wishes)
    for item in items:
        item.decision_id = placed.get(item.pk)
        if not item.skipped and item.decision_id is None:
            item.skipped = UNDER_WAY
        item.handled_at = Now()
    BatchItem.objects.bulk_update(items, ["decision", "skipped", "handled_at"])
    return set(Tenant.objects.filter(decisions__in=list(placed.values())).values_list("pk", flat=True))


def _wish(batch: Batch, item: BatchItem) -> Wish:
    return Wish(Action(batch.action), batch.comment, item.pk, item.seen)


def _reason_against(item: BatchItem, task: InboxTask | None) -> str:
    if task is None:
        return "This task is no longer in an inbox of yours."
    try:
        hold_against(task, item.seen)
    except (NotDecidable, NotWhatWasSeen) as refusal:
        return str(refusal)
    return ""
