"""Leasing due decisions of one tenant, under a fence that rises with every lease."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Value, When
from django.db.models.functions import Now

from audit.models import Event
from connections import failpoints
from inbox.models import Decision
from inbox.models.decision import from_now
from inbox.states import State

# An uncertain decision keeps its state while it is leased: CLAIMED promises that nothing is under way unproven.
AFTER_CLAIM = {
    State.QUEUED: State.CLAIMED,
    State.WAITING: State.CLAIMED,
    State.SENDING: State.UNCERTAIN,
}


def claim(tenant_id: uuid.UUID, most: int) -> list[Decision]:
    """Lease up to `most` due decisions, oldest first; those of a worker that died with its lease among them."""
    with transaction.atomic():
        due = Decision.objects.filter(tenant_id=tenant_id).due().order_by("next_at")
        taken = list(due.select_for_update(skip_locked=True).values_list("pk", "state", "user_id", "fence")[:most])
        if not taken:
            return []
        _lease([pk for pk, *_ in taken])
        Event.objects.bulk_create(
            Event(
                verb=f"decision.{AFTER_CLAIM[State(state)]}",
                actor=user,
                tenant=tenant_id,
                subject=pk,
                data={"before": state, "code": "lease-lost" if state == State.SENDING else ""},
            )
            for pk, state, user, _ in taken
            if state in AFTER_CLAIM
        )
        failpoints.reach("claim-before-commit")
    failpoints.reach("claimed")
    fences = {pk: fence + 1 for pk, _, _, fence in taken}
    claimed = Decision.objects.filter(pk__in=fences).select_related("connection__tenant", "tenant", "task", "user")
    # Whoever was frozen since the commit may find another's lease on the row by now, which is not its own.
    return [each for each in claimed.order_by("created_at") if each.fence == fences[each.pk]]


def _lease(ids: list[uuid.UUID]) -> None:
    Decision.objects.filter(pk__in=ids).update(
        state=Case(
            *(When(state=before, then=Value(after)) for before, after in AFTER_CLAIM.items()),
            default=F("state"),
        ),
        uncertain_since=Case(When(state=State.SENDING, then=Now()), default=F("uncertain_since")),
        fence=F("fence") + 1,
        next_at=from_now(settings.LEASE_SECONDS),
        updated_at=Now(),
    )
