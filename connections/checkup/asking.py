"""Asking for a check-up: who, how often, and how long what was found is kept."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.db.models.functions import Now

from accounts.models import User
from audit.models import record
from connections.checkup import running
from connections.checkup.findings import Finding, read
from connections.checkup.verdicts import Check, Verdict
from connections.models import Tenant, TenantCheck

BETWEEN = datetime.timedelta(seconds=30)
HOUR = datetime.timedelta(hours=1)
PER_HOUR = 20
KEPT = 20
# A worker that is busy or slow needs some of it; after that nobody is going to take it up.
ANSWER_WITHIN = datetime.timedelta(seconds=70)


class TooSoon(Exception):
    """Not now; the text is one sentence that says why."""


@transaction.atomic
def ask(tenant: Tenant, user: User) -> TenantCheck:
    """Note that an administrator wants a check-up; the caller hints the worker. Raises TooSoon.

    The limits keep it from being of use for scanning. They are counted on rows, by the database's clock; the locks
    make many requests at once count one after the other.
    """
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)
    if tenant.checks.filter(at__gt=Now() - BETWEEN).exists():
        raise TooSoon("This tenant was checked less than 30 seconds ago; this is what was found.")
    if TenantCheck.objects.filter(asked_by=user, at__gt=Now() - HOUR).count() >= PER_HOUR:
        raise TooSoon(f"You asked for {PER_HOUR} check-ups within an hour; try again later.")
    return begin(tenant, user)


@transaction.atomic
def begin(tenant: Tenant, user: User | None) -> TenantCheck:
    """An empty check-up, on the record. Without limits, for the command line."""
    check = TenantCheck.objects.create(tenant=tenant, asked_by=user)
    record("tenant.checked", actor=user.pk if user else None, tenant=tenant.pk, subject=tenant.pk, check=check.pk)
    _forget_old(tenant)
    return check


def newest(tenant: Tenant) -> tuple[TenantCheck, list[Finding]] | None:
    """The last check-up that was asked for, and its findings; none as long as it is under way."""
    late = ExpressionWrapper(Q(at__lt=Now() - ANSWER_WITHIN), BooleanField())
    check = tenant.checks.order_by("-at", "-pk").annotate(is_late=late).first()
    if check is None:
        return None
    found = read(check.findings)
    return check, found if found or not check.is_late else not_run()


def give_up(check: TenantCheck) -> None:
    """Nobody can be told of this check-up, so say at once that it is not carried out."""
    running.save(check, not_run())


def not_run() -> list[Finding]:
    return [Finding(Check.RUN, Verdict.NOT_RUN)]


def _forget_old(tenant: Tenant) -> None:
    """Keep the newest, and all of the last hour, which the limits count."""
    kept = tenant.checks.order_by("-at", "-pk").values("pk")[:KEPT]
    uncounted = TenantCheck.objects.filter(Q(tenant=tenant) | Q(tenant=None), at__lt=Now() - HOUR)
    uncounted.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
