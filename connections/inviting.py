"""Mailing a person the link to their connection at a tenant, because an administrator asks."""

from __future__ import annotations

import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.models import record
from connections import mailing
from connections.models import Tenant

SENT = "connection.link_sent"
# A person gets at most one such mail in this time, whoever asks and for whichever tenant.
APART = datetime.timedelta(hours=1)


class TooSoon(Exception):
    """This person was sent a link a short while ago."""


def send_link(person: User, tenant: Tenant, actor: User) -> None:
    """Raises TooSoon, or mailing.NotMailed, and then it may be tried again at once."""
    _claim(person, tenant, actor)
    try:
        mailing.send(
            person,
            f"connect your Workday account ({tenant})",
            "connect.txt",
            tenant=tenant,
            link=mailing.link_to(tenant),
        )
    except mailing.NotMailed:
        record(mailing.failed(SENT), actor=actor.pk, tenant=tenant.pk, subject=person.pk)
        raise


@transaction.atomic
def _claim(person: User, tenant: Tenant, actor: User) -> None:
    """Note the mail before it is sent; of two administrators who ask at once, one gets it."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    if mailing.is_told(SENT, person.pk, timezone.now() - APART):
        raise TooSoon
    record(SENT, actor=actor.pk, tenant=tenant.pk, subject=person.pk)
