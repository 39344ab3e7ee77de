"""How deliveries stand over the whole installation: ids, states and times only, nothing a person wrote or saw."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from connections.alarms import Alarm, recent
from connections.models import Tenant
from inbox.models import Decision
from inbox.states import FINAL, WORKABLE, State

# Work that has been due for this long without anybody taking it up means that no worker is running.
OVERDUE = datetime.timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """What an operator has to know at a glance."""

    by_state: dict[str, int]
    alarms: list[Decision]
    oldest_due: datetime.datetime | None
    tenants: list[Tenant]
    vault_alarms: list[Alarm]

    @property
    def troubled(self) -> list[Tenant]:
        return [tenant for tenant in self.tenants if tenant.trouble]

    @property
    def needs_attention(self) -> bool:
        return bool(self.alarms or self.vault_alarms or self.troubled) or self.oldest_due is not None


def standing() -> Standing:
    live = Decision.objects.exclude(state__in=FINAL)
    counted = live.values_list("state").annotate(count=Count("pk"))
    overdue = Decision.objects.filter(state__in=WORKABLE, next_at__lt=Now() - OVERDUE)
    unconfirmed = live.filter(state=State.MANUAL).select_related("tenant").order_by("updated_at")[:100]
    return Standing(
        by_state={State(state).label: count for state, count in sorted(counted)},
        alarms=list(unconfirmed),
        oldest_due=overdue.aggregate(oldest=Min("next_at"))["oldest"],
        tenants=list(_tenants()),
        vault_alarms=recent(),
    )


def _tenants() -> list[Tenant]:
    live = ~Q(decisions__state__in=FINAL)
    with_counts = Tenant.objects.annotate(unfinished=Count("decisions", filter=live & Q(decisions__isnull=False)))
    return list(with_counts.select_related("lane").order_by("name"))
