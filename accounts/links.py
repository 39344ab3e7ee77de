"""The one-time link with which a person sets a password, by allauth's own password reset keys."""

from __future__ import annotations

import logging
import uuid
from smtplib import SMTPException

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from audit.models import record

log = logging.getLogger(__name__)


@transaction.atomic
def make_password_link(person: User, *, by: uuid.UUID | None) -> str:
    """A link that sets this person's password once. It dies with its use, a sign-in, or PASSWORD_RESET_TIMEOUT seconds.

    Whoever holds it can become this person, so it is shown once and never stored or logged.
    """
    key = default_token_generator.make_token(person)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(person), key])
    record("person.password_link_made", actor=by, subject=person.pk)
    return f"{settings.PUBLIC_URL}{path}"


def mail_password_link(person: User, link: str) -> bool:
    """Send the link to the person, if a mail server is set up, and return whether it took the message."""
    if not settings.EMAIL_HOST:
        return False
    text = render_to_string("accounts/mail/welcome.txt", {"person": person, "link": link, "days": link_days()})
    try:
        send_mail(f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}set your password", text, None, [person.email])
    except (SMTPException, OSError) as problem:
        log.warning("The link for %s could not be mailed: %s", person.pk, type(problem).__name__)
        return False
    return True


def link_days() -> int:
    """For how many days a link works."""
    return settings.PASSWORD_RESET_TIMEOUT // 86_400
