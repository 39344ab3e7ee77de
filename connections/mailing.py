"""Mails about connections: plain text, no secret, nothing of what is in Workday. Without a mail server none is sent.

The audit record tells which went out. A mail is written down before it is sent, so that nothing sends it twice, and
its failure after it, so that it is tried again.
"""

from __future__ import annotations

import datetime
import logging
import uuid
from collections.abc import Sequence
from smtplib import SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections.models import Tenant

log = logging.getLogger(__name__)


class NotMailed(Exception):
    """The mail server did not take it; another time it may."""


def is_possible() -> bool:
    return bool(settings.EMAIL_HOST)


def administrators() -> list[User]:
    return list(User.objects.filter(is_administrator=True, is_active=True).order_by("email"))


def link_to(tenant: Tenant) -> str:
    """Where a person sees their connection at this tenant, and connects; the link itself starts nothing."""
    return f"{settings.PUBLIC_URL}{reverse('connections:one', args=[tenant.key])}"


def page_of(tenant: Tenant) -> str:
    """The tenant's own page, for administrators."""
    return f"{settings.PUBLIC_URL}{reverse('connections:tenant', args=[tenant.key])}"


def send(person: User, subject: str, template: str, *, headers: dict[str, str] | None = None, **context: Any) -> None:
    """Mail one person, in their own time zone.

    Raises NotMailed, except where the person's own address is what was refused: nothing would make that one better.
    """
    with timezone.override(person.time_zone or None):
        text = render_to_string(f"mail/{template}", {"person": person, **context})
    subject = f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{' '.join(subject.split())}"
    try:
        EmailMessage(subject, text, None, [person.email], headers=headers).send()
    except SMTPRecipientsRefused:
        log.warning("The mail server refuses the address of %s.", person.pk)
    except (SMTPException, OSError) as problem:
        log.warning("%s could not be mailed: %s", person.pk, type(problem).__name__)
        raise NotMailed from None


def is_told(
    verb: str, subject: uuid.UUID, since: datetime.datetime, *, pause: datetime.timedelta = datetime.timedelta(0)
) -> bool:
    """Whether such a mail was sent since then, is being sent, or failed less than `pause` ago."""
    events = Event.objects.filter(subject=subject, verb__in=(verb, failed(verb)), at__gte=since)
    newest = events.order_by("-id").first()
    if newest is None:
        return False
    return newest.verb == verb or newest.at > timezone.now() - pause


def failed(verb: str) -> str:
    return f"{verb}_failed"


def send_to_all(people: Sequence[User], subject: str, template: str, **context: Any) -> None:
    """Mail several people one by one. Raises NotMailed when none of them could be reached."""
    refused = 0
    for person in people:
        try:
            send(person, subject, template, **context)
        except NotMailed:
            refused += 1
    if refused and refused == len(people):
        raise NotMailed
