"""Taking a whole batch back while that is possible, and trying once more what did not work."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from audit.models import Event
from inbox.models import Batch, BatchItem, Decision, InboxTask
from inbox.models.decision import DecisionQuerySet
from inbox.states import ENDED_WITHOUT_EFFECT, State

UNDONE_EARLY = "Undone before it was accepted."


def undo(batch: Batch) -> int:
    """Cancel whatever has not begun; how many tasks that were. Races a claim, and one of them wins each decision."""
    with transaction.atomic():
        # Waits for a chunk that is just being written, and keeps the next one from beginning.
        Batch.objects.select_for_update().get(pk=batch.pk)
        stopped = batch.items.pending().update(skipped=UNDONE_EARLY, handled_at=Now())
        early = list(_early(batch).select_for_update(skip_locked=True, of=("self",)))
        Decision.objects.filter(pk__in=[decision.pk for decision in early]).update(
            state=State.CANCELLED, updated_at=Now(), settled_at=Now()
        )
        Event.objects.bulk_create(
            Event(
                verb="decision.cancelled",
                actor=decision.user_id,
                tenant=decision.tenant_id,
                subject=decision.pk,
                data={"before": State.QUEUED},
            )
            for decision in early
        )
    return stopped + len(early)


def can_undo(batch: Batch) -> bool:
    return batch.items.pending().exists() or _early(batch).exists()


def can_retry(batch: Batch) -> bool:
    return _failed(batch).exists()


def worth_retrying(batch: Batch) -> list[InboxTask]:
    """The tasks that are still open and were refused, had changed, or were left out after the confirmation."""
    return [item.task for item in _failed(batch).select_related("task__connection__tenant")]


def _failed(batch: Batch) -> QuerySet[BatchItem]:
    left_out = ~Q(skipped__in=("", UNDONE_EARLY)) & Q(handled_at__isnull=False)
    failed = batch.items.filter(Q(decision__state__in=ENDED_WITHOUT_EFFECT) | left_out)
    return failed.filter(task__in=InboxTask.objects.of(batch.user).open())


def _early(batch: Batch) -> DecisionQuerySet:
    return Decision.objects.filter(batch_item__batch=batch, state=State.QUEUED, not_before__gt=Now())
