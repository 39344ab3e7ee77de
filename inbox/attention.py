"""The decisions that a person should look at: stuck, refused, or about something that has changed."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import User
from inbox import reasons
from inbox.models import Decision
from inbox.rows import Row
from inbox.states import ENDED_WITHOUT_EFFECT, NEEDS_LOOK, STUCK

# More than anybody looks through at once; the page says so when there are more.
SHOWN_AT_MOST = 100


def needing(user: User) -> QuerySet[Decision]:
    """Stuck ones, and those that ended without effect while their task still waits for another decision."""
    newer = Decision.objects.filter(user=user, task=OuterRef("task"), created_at__gt=OuterRef("created_at"))
    wanted = Q(state__in=STUCK) | Q(state__in=ENDED_WITHOUT_EFFECT, task__closed_at=None)
    return Decision.objects.of(user).filter(wanted, state__in=NEEDS_LOOK).exclude(Exists(newer))


def rows_needing(user: User) -> list[Row]:
    decisions = needing(user).select_related("task__connection__tenant").order_by("created_at")
    shown = list(decisions[:SHOWN_AT_MOST])
    offered = reasons.offered_for(decision.task for decision in shown)
    return [Row(each.task, each, reasons=offered[each.task.connection.tenant_id]) for each in shown]
