"""Mails about new tasks: to whom, about what, once, and at their hours."""

from __future__ import annotations

import threading

import pytest
from celery import current_app
from django.conf import LazySettings
from django.core import mail
from django.db import connections as databases
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections.models import Connection
from inbox import notices
from inbox.models import Decision, InboxTask, Notice, NoticeChoice
from inbox.states import State
from tests.conftest import make_decision
from tests.inbox.telling import HOUR, MINUTE, NOON, How, arrives, looked_at, utc, wants

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail(settings: LazySettings) -> None:
    """Mails are kept in memory; only a named host makes the product send any."""
    settings.EMAIL_HOST = "mail.example.test"


def test_new_tasks_are_told_with_their_number_kinds_and_a_way_to_them(
    connection: Connection, owner: User, settings: LazySettings
) -> None:
    wants(owner)
    arrives(connection, NOON, process="Hire: Tom Baker", subject="Tom Baker")
    arrives(connection, NOON, process="Hire: Lee Chan", subject="Lee Chan")
    arrives(connection, NOON, process="Absence Request: Ines Ortega")

    assert notices.send_due(NOON + MINUTE) == 1

    [sent] = mail.outbox
    assert sent.to == ["owner@example.test"]
    assert sent.subject == "Countersign: 3 new tasks wait for you"
    assert "2  Hire\n" in sent.body
    assert "1  Absence Request\n" in sent.body
    assert f"{settings.PUBLIC_URL}/inbox/?kind=Absence+Request" in sent.body
    assert sent.extra_headers["List-Unsubscribe"] == f"<{settings.PUBLIC_URL}/inbox/mails>"
    assert f"{settings.PUBLIC_URL}/inbox/mails" in sent.body
    assert Event.objects.get(verb="notice.sent").data == {"how": "at_once", "tasks": 3}


@pytest.mark.parametrize(
    "fields",
    [
        {"process": "Hire: Tom Baker", "subject": "Tom Baker", "title": "Approval for Tom Baker"},
        {"process": "Hire Tom Baker", "subject": "Tom Baker"},
        {"process": "Tom Baker: Hire", "subject": "Tom Baker"},
        {"process": "", "title": "Approve Tom Baker", "initiator": "Tom Baker"},
    ],
)
def test_without_titles_no_name_of_anybody_is_in_a_mail(
    connection: Connection, owner: User, fields: dict[str, str]
) -> None:
    wants(owner)
    arrives(connection, NOON, **fields)
    notices.send_due(NOON + MINUTE)
    [sent] = mail.outbox
    assert "Baker" not in f"{sent.subject} {sent.body}"


def test_titles_are_named_only_to_who_wants_them_each_on_a_line_of_its_own(connection: Connection, owner: User) -> None:
    wants(owner, with_titles=True)
    arrives(connection, NOON, process="Hire: Tom\r\nBcc: x <b>&", subject="Ines Ortega")
    notices.send_due(NOON + MINUTE)
    [sent] = mail.outbox
    assert "  - Hire: Tom Bcc: x <b>&, Ines Ortega\n" in sent.body
    assert "Tom" not in sent.subject


def test_of_many_titles_the_mail_names_twenty_and_counts_the_rest(connection: Connection, owner: User) -> None:
    wants(owner, with_titles=True)
    for number in range(23):
        arrives(connection, NOON, process=f"Hire: {number}")
    notices.send_due(NOON + MINUTE)
    assert mail.outbox[0].body.count("  - Hire") == 20
    assert "and 3 more" in mail.outbox[0].body


def test_a_task_is_told_once(connection: Connection, owner: User) -> None:
    wants(owner)
    arrives(connection, NOON)
    notices.send_due(NOON + MINUTE)
    notices.send_due(NOON + HOUR)
    assert len(mail.outbox) == 1
    arrives(connection, NOON + HOUR)
    notices.send_due(NOON + HOUR + MINUTE)
    assert [sent.subject for sent in mail.outbox[1:]] == ["Countersign: 1 new task waits for you"]


def test_two_mails_to_one_person_are_some_minutes_apart(connection: Connection, owner: User) -> None:
    wants(owner)
    arrives(connection, NOON)
    notices.send_due(NOON)
    arrives(connection, NOON + MINUTE)
    notices.send_due(NOON + MINUTE)
    assert len(mail.outbox) == 1
    notices.send_due(NOON + notices.APART)
    assert len(mail.outbox) == 2


def test_who_has_not_asked_for_mails_gets_none(connection: Connection, owner: User) -> None:
    arrives(connection, NOON)
    notices.send_due(NOON + MINUTE)
    wants(owner, How.OFF)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


def test_what_was_there_before_somebody_asked_for_mails_is_not_new(connection: Connection, owner: User) -> None:
    arrives(connection, NOON - HOUR)
    wants(owner, chosen_at=NOON)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


@pytest.mark.parametrize("state", [State.QUEUED, State.APPLIED])
def test_what_was_decided_here_needs_no_mail(connection: Connection, owner: User, state: State) -> None:
    wants(owner)
    decision = make_decision(arrives(connection, NOON))
    if state == State.APPLIED:
        Decision.objects.filter(pk=decision.pk).update(state=State.CLAIMED)
        Decision.objects.filter(pk=decision.pk).update(state=State.APPLIED)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


def test_what_is_gone_from_workday_needs_no_mail(connection: Connection, owner: User) -> None:
    wants(owner)
    arrives(connection, NOON)
    InboxTask.objects.update(closed_at=NOON)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


def test_what_was_switched_off_needs_no_mail_and_is_not_told_later_either(connection: Connection, owner: User) -> None:
    choice = wants(owner, kinds_off=["Hire"])
    arrives(connection, NOON, process="Hire: Tom")
    arrives(connection, NOON, process="Absence Request: Ines")
    notices.send_due(NOON + MINUTE)
    NoticeChoice.objects.filter(pk=choice.pk).update(kinds_off=[])
    notices.send_due(NOON + HOUR)
    [sent] = mail.outbox
    assert "Hire" not in sent.body
    assert "1 new task" in sent.subject


@pytest.mark.parametrize("state", [Connection.State.NEEDS_RECONNECT, Connection.State.DISABLED])
def test_an_inbox_that_cannot_be_looked_at_is_not_told_about(
    connection: Connection, owner: User, state: Connection.State
) -> None:
    wants(owner)
    arrives(connection, NOON)
    Connection.objects.update(state=state)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


def test_what_nobody_could_look_at_for_long_is_told_once_somebody_can(connection: Connection, owner: User) -> None:
    wants(owner)
    arrives(connection, NOON)
    later = NOON + notices.KNOWN_FOR + MINUTE
    notices.send_due(later)
    assert mail.outbox == []
    looked_at(connection, later)
    notices.send_due(later + notices.APART)
    assert len(mail.outbox) == 1


def test_beat_has_them_sent(connection: Connection, owner: User, settings: LazySettings) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["send-notices"]
    wants(owner)
    arrives(connection, timezone.now())
    current_app.tasks[str(entry["task"])]()
    assert len(mail.outbox) == 1


def test_each_person_hears_of_their_own_tasks_alone(
    connection: Connection, colleague_connection: Connection, owner: User, colleague: User, stranger: User
) -> None:
    for person in (owner, colleague, stranger):
        wants(person)
    arrives(connection, NOON, process="Hire: Tom")
    arrives(colleague_connection, NOON, process="Termination: Ines")
    notices.send_due(NOON + MINUTE)
    told = {sent.to[0]: sent.body for sent in mail.outbox}
    assert set(told) == {"owner@example.test", "colleague@example.test"}
    assert "Termination" not in told["owner@example.test"]
    assert "Hire" not in told["colleague@example.test"]


def test_the_isus_tasks_are_told_to_nobody(connection: Connection, administrator: User) -> None:
    isu = Connection.objects.create(tenant=connection.tenant, kind="isu", grant=Connection.Grant.REFRESH_TOKEN)
    wants(administrator)
    arrives(isu, NOON)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


def test_a_deactivated_person_is_told_nothing(connection: Connection, owner: User) -> None:
    wants(owner)
    arrives(connection, NOON)
    User.objects.update(is_active=False)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []


def test_in_quiet_hours_a_mail_waits_until_their_end_and_then_tells_everything_at_once(
    connection: Connection, owner: User
) -> None:
    wants(owner, quiet_from=22, quiet_until=7)
    night = utc("2026-11-23T23:00")
    arrives(connection, night)
    notices.send_due(night + MINUTE)
    arrives(connection, night + HOUR)
    looked_at(connection, utc("2026-11-24T05:50"))
    notices.send_due(utc("2026-11-24T05:59"))
    assert mail.outbox == []
    notices.send_due(utc("2026-11-24T06:00"))
    assert [sent.subject for sent in mail.outbox] == ["Countersign: 2 new tasks wait for you"]


def test_the_zone_of_the_profile_comes_before_that_of_the_device(connection: Connection, owner: User) -> None:
    User.objects.update(time_zone="Asia/Tokyo")
    wants(owner, quiet_from=20, quiet_until=21)
    arrives(connection, NOON)
    notices.send_due(NOON)
    assert mail.outbox == []


def test_without_a_mail_server_nothing_happens_and_the_news_is_kept(
    connection: Connection, owner: User, settings: LazySettings
) -> None:
    settings.EMAIL_HOST = ""
    wants(owner)
    arrives(connection, NOON)
    notices.send_due(NOON + MINUTE)
    assert mail.outbox == []
    assert not Notice.objects.exists()


def test_a_mail_server_that_is_down_harms_nothing_and_is_tried_again(
    connection: Connection, owner: User, settings: LazySettings
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    wants(owner)
    arrives(connection, NOON)
    assert notices.send_due(NOON) == 0
    assert not Event.objects.filter(verb="notice.sent").exists()
    settings.EMAIL_BACKEND = working
    assert notices.send_due(NOON + notices.APART) == 1
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_is_not_asked_for_everybody(connection: Connection, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "tests.connections.refusing_mail.Backend"
    for number in range(5):
        person = User.objects.create_user(f"person{number}@example.test")
        own = Connection.objects.create(
            tenant=connection.tenant, kind="person", user=person, worker_wid=f"{number:032}"
        )
        wants(person)
        arrives(own, NOON)
    notices.send_due(NOON)
    assert len(mail.outbox) == notices.REFUSED_AT_MOST
    notices.send_due(NOON + MINUTE)
    assert len({sent.to[0] for sent in mail.outbox}) == 5


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_one_mail(connection: Connection, owner: User) -> None:
    wants(owner)
    arrives(connection, NOON)

    def run() -> None:
        notices.send_due(NOON)
        databases.close_all()

    runs = [threading.Thread(target=run) for _ in range(4)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert len(mail.outbox) == 1
