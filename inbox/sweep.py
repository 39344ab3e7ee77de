"""Finding what no hint told of: overdue decisions, dead leases, and parked decisions that can go on."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from audit.models import record
from connections.models import Connection
from inbox.models import Decision, Lane
from inbox.states import State


def sweep() -> list[uuid.UUID]:
    """The tenants that have due decisions and take calls; each should be drained."""
    for connection in Connection.objects.usable().filter(decisions__state=State.NEEDS_RECONNECT).distinct():
        resume_parked(connection)
    due = Decision.objects.due().values_list("tenant_id", flat=True).distinct()
    spared = Lane.objects.filter(Q(paused_until__gt=Now()) | Q(lease_until__gt=Now())).values_list(
        "tenant_id", flat=True
    )
    return sorted(set(due) - set(spared))


def resume_parked(connection: Connection) -> int:
    """Queue again what waited for this connection, where it acts as the same Workday worker; how many that were."""
    parked = Decision.objects.filter(
        connection=connection, state=State.NEEDS_RECONNECT, worker_wid=connection.worker_wid
    )
    with transaction.atomic():
        resumed = list(parked.select_for_update().values_list("pk", "user_id"))
        Decision.objects.filter(pk__in=[pk for pk, _ in resumed]).update(
            state=State.QUEUED, not_before=Now(), next_at=Now(), updated_at=Now(), fence=F("fence") + 1
        )
        for pk, user in resumed:
            record(
                "decision.queued",
                actor=user,
                tenant=connection.tenant_id,
                subject=pk,
                before="needs_reconnect",
            )
    return len(resumed)
