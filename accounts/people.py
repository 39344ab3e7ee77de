"""What an administrator may do to people. Every change and its audit event stand or fall together."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from audit.models import record


class NotAllowed(Exception):
    """The change is refused; the text says why in words for the administrator."""


class EmailTaken(Exception):
    pass


def add_person(email: str, name: str, *, by: User | None) -> User:
    """Make an account without a password. Raises EmailTaken, whatever the capitals."""
    try:
        with transaction.atomic():
            person = User.objects.create_user(email, name=name)
            record("person.added", actor=by.pk if by else None, subject=person.pk)
    except IntegrityError as taken:
        raise EmailTaken(email) from taken
    return person


@transaction.atomic
def set_administrator(person: User, wanted: bool, *, by: User) -> None:
    """Make `person` an administrator, or no longer one. Raises NotAllowed."""
    person = _person_to_change(person, by)
    person.is_administrator = wanted
    person.save(update_fields=["is_administrator"])
    record("person.administrator_added" if wanted else "person.administrator_removed", actor=by.pk, subject=person.pk)


@transaction.atomic
def set_active(person: User, wanted: bool, *, by: User) -> None:
    """Let `person` in, or shut them out: no sign-in, and every session of theirs ends now. Raises NotAllowed."""
    person = _person_to_change(person, by)
    person.is_active = wanted
    person.save(update_fields=["is_active"])
    ended = 0 if wanted else end_sessions(person)
    record("person.reactivated" if wanted else "person.deactivated", actor=by.pk, subject=person.pk, sessions=ended)


def _person_to_change(person: User, by: User) -> User:
    """Read `person` afresh under a lock that all such changes share.

    Whoever asks must be an administrator still and can never be the one who is changed, so at least one administrator
    is always left, even when two of them remove each other at the same moment.
    """
    if person.pk == by.pk:
        raise NotAllowed("You cannot change this for yourself; ask another administrator.")
    concerned = User.objects.filter(is_administrator=True) | User.objects.filter(pk=person.pk)
    locked = {one.pk: one for one in concerned.select_for_update().order_by("pk")}
    asking = locked.get(by.pk)
    if asking is None or not (asking.is_administrator and asking.is_active):
        raise NotAllowed("You are no longer an administrator.")
    return locked[person.pk]


def end_sessions(person: User) -> int:
    """Delete every session of this person and return how many there were."""
    # Session rows do not name their person, and to shut somebody out is rare enough to read them all.
    living = Session.objects.filter(expire_date__gte=timezone.now()).iterator()
    theirs = [session.pk for session in living if session.get_decoded().get(SESSION_KEY) == str(person.pk)]
    Session.objects.filter(pk__in=theirs).delete()
    return len(theirs)
