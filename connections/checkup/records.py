"""What we know of a tenant ourselves, without asking anybody: connections, refresh tokens, trouble."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.utils import timezone

from connections import lifetime
from connections.checkup.findings import Finding
from connections.checkup.verdicts import Check, Verdict
from connections.models import Connection, Tenant

WEEK = datetime.timedelta(days=7)
MONTH = datetime.timedelta(days=30)


def findings(tenant: Tenant, *, isu_inbox_is_empty: bool) -> Iterator[Finding]:
    there = list(tenant.connections.exclude(state=Connection.State.DISCONNECTED).defer(*_BOXES))
    yield _isu(there, isu_inbox_is_empty)
    # Asked afresh, since the check-up's own calls may have noted or cleared it.
    stuck = Tenant.objects.filter(pk=tenant.pk).exclude(trouble="").exists()
    yield Finding(Check.RENEWAL, Verdict.RENEWAL_STUCK if stuck else Verdict.RENEWAL_WELL)
    yield _refresh(tenant, there)
    yield _connections(there)


_BOXES = ("access_token_box", "refresh_token_box")


def serves_people(tenant: Tenant) -> bool:
    """Whether people are meant to connect: somebody did, or there is no integration system user either."""
    kinds = set(tenant.connections.exclude(state=Connection.State.DISCONNECTED).values_list("kind", flat=True))
    return kinds != {Connection.Kind.ISU}


def _isu(there: list[Connection], inbox_is_empty: bool) -> Finding:
    verdict = Verdict.ISU_NONE
    if any(each.is_isu for each in there):
        alone = Verdict.ISU_ALONE_EMPTY if inbox_is_empty else Verdict.ISU_ALONE
        verdict = alone if all(each.is_isu for each in there) else Verdict.ISU_BESIDE
    return Finding(Check.ISU, verdict)


def _refresh(tenant: Tenant, there: list[Connection]) -> Finding:
    if not tenant.refresh_token_days:
        return Finding(Check.REFRESH, Verdict.REFRESH_UNSET)
    now = timezone.now()
    left = [end - now for each in there if (end := _end(tenant, each))]
    data = {
        "days": tenant.refresh_token_days,
        "week": sum(each <= WEEK for each in left),
        "month": sum(each <= MONTH for each in left),
    }
    verdict = Verdict.REFRESH_WEEK if data["week"] else Verdict.REFRESH_MONTH if data["month"] else Verdict.REFRESH_FAR
    return Finding(Check.REFRESH, verdict, data)


def _end(tenant: Tenant, connection: Connection) -> datetime.datetime | None:
    connection.tenant = tenant
    return lifetime.ends_at(connection)


def _connections(there: list[Connection]) -> Finding:
    broken = sum(each.state == Connection.State.NEEDS_RECONNECT for each in there)
    data = {"all": len(there), "broken": broken}
    if not there:
        return Finding(Check.CONNECTIONS, Verdict.NOBODY)
    return Finding(Check.CONNECTIONS, Verdict.RECONNECT if broken else Verdict.CONNECTED, data)
