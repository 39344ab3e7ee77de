"""One mail to the administrators when nobody's access at a tenant can be renewed; nobody else can do anything."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from audit.models import record
from connections import mailing
from connections.models import Tenant

SENT = "tenant.alarm_sent"
# Trouble that comes and goes makes one mail in this time.
APART = datetime.timedelta(hours=1)
# Before one that the mail server did not take is tried again.
PAUSE = datetime.timedelta(minutes=10)


def alarm() -> int:
    """Send what is due; for how many tenants."""
    if not mailing.is_possible():
        return 0
    troubled = Tenant.objects.exclude(trouble="").order_by("trouble_since")
    return sum(_alarm(tenant) for tenant in troubled)


def _alarm(tenant: Tenant) -> bool:
    claimed = _claim(tenant)
    if claimed is None:
        return False
    link = mailing.page_of(claimed)
    try:
        mailing.send_to_all(
            mailing.administrators(), f"{claimed} needs you", "tenant_trouble.txt", tenant=claimed, link=link
        )
    except mailing.NotMailed:
        record(mailing.failed(SENT), tenant=claimed.pk, subject=claimed.pk)
        return False
    return True


@transaction.atomic
def _claim(tenant: Tenant) -> Tenant | None:
    """The tenant, if this is the first to tell of its present trouble; noted before anything is sent."""
    fresh = Tenant.objects.select_for_update(no_key=True).filter(pk=tenant.pk).exclude(trouble="").first()
    if fresh is None:
        return None
    since = min(fresh.trouble_since or timezone.now(), timezone.now() - APART)
    if mailing.is_told(SENT, fresh.pk, since, pause=PAUSE):
        return None
    record(SENT, tenant=fresh.pk, subject=fresh.pk, reason=fresh.trouble)
    return fresh
