"""Mails before a connection ends, and when it needs reconnecting."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.conf import LazySettings
from django.core import mail
from django.db import connections as databases
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import barring, reminders
from connections.models import Connection, Tenant

pytestmark = pytest.mark.django_db
DAYS = datetime.timedelta(days=1)
State = Connection.State


@pytest.fixture
def tenant() -> Tenant:
    """Nothing here reaches a far side."""
    return Tenant.objects.create(key="acme", name="Acme", environment="sandbox", refresh_token_days=90)


@pytest.fixture(autouse=True)
def _mail(settings: LazySettings) -> None:
    """Mails are kept in memory; only a named host makes the product send any."""
    settings.EMAIL_HOST = "mail.example.test"


def ends_in(connection: Connection, days: float) -> None:
    Connection.objects.filter(pk=connection.pk).update(refresh_token_at=timezone.now() - (90 - days) * DAYS)


def breaks(connection: Connection, ago: datetime.timedelta = datetime.timedelta(0)) -> None:
    since = timezone.now() - ago
    Connection.objects.filter(pk=connection.pk).update(
        state=State.NEEDS_RECONNECT, state_reason="Workday said no.", state_since=since
    )


def test_a_week_before_its_person_is_told_by_when(connection: Connection, settings: LazySettings) -> None:
    ends_in(connection, 6.9)
    reminders.remind()
    [sent] = mail.outbox
    assert sent.to == ["owner@example.test"]
    assert "ends soon" in sent.subject
    assert "Reconnect by" in sent.body
    assert f"{settings.PUBLIC_URL}/connections/acme/" in sent.body
    assert Event.objects.filter(verb="connection.reminded", subject=connection.pk).exists()


def test_before_that_nobody_is_told(connection: Connection) -> None:
    ends_in(connection, 7.1)
    reminders.remind()
    assert mail.outbox == []


def test_a_day_before_they_are_told_once_more_and_each_time_once(connection: Connection) -> None:
    ends_in(connection, 6)
    reminders.remind()
    reminders.remind()
    assert len(mail.outbox) == 1
    ends_in(connection, 0.9)
    Connection.objects.update(reminded_at=timezone.now() - 5 * DAYS)
    reminders.remind()
    reminders.remind()
    assert len(mail.outbox) == 2


def test_a_new_token_begins_a_new_life_and_a_new_reminder(connection: Connection) -> None:
    ends_in(connection, 6)
    reminders.remind()
    ends_in(connection, 60)
    Connection.objects.update(reminded_at=timezone.now() - 54 * DAYS)
    reminders.remind()
    assert len(mail.outbox) == 1
    ends_in(connection, 6)
    reminders.remind()
    assert len(mail.outbox) == 2


def test_who_has_to_reconnect_is_told_once_and_why(connection: Connection) -> None:
    breaks(connection)
    reminders.remind()
    reminders.remind()
    [sent] = mail.outbox
    assert sent.to == ["owner@example.test"]
    assert "reconnect" in sent.subject
    assert "Workday said no." in sent.body


def test_breaking_again_is_told_again(connection: Connection) -> None:
    breaks(connection, 2 * DAYS)
    reminders.remind()
    breaks(connection)
    reminders.remind()
    assert len(mail.outbox) == 2


def test_what_broke_long_ago_is_not_news(connection: Connection) -> None:
    breaks(connection, 8 * DAYS)
    reminders.remind()
    assert mail.outbox == []


def test_one_that_is_allowed_again_is_told_to_connect(connection: Connection, administrator: User) -> None:
    barring.disable(connection, "For now.", administrator)
    reminders.remind()
    assert mail.outbox == []
    barring.enable(connection, administrator)
    reminders.remind()
    assert "has allowed this connection again" in mail.outbox[0].body


def test_a_deactivated_person_is_told_nothing(connection: Connection, owner: User) -> None:
    breaks(connection)
    User.objects.filter(pk=owner.pk).update(is_active=False)
    reminders.remind()
    assert mail.outbox == []


@pytest.mark.attack("T35")
def test_while_the_tenant_is_in_trouble_nobody_is_asked_to_reconnect(
    connection: Connection, colleague_connection: Connection, tenant: Tenant
) -> None:
    breaks(connection)
    ends_in(colleague_connection, 5)
    Tenant.objects.update(trouble="Workday does not accept the API client.", trouble_since=timezone.now())
    reminders.remind()
    assert mail.outbox == []
    Tenant.objects.update(trouble="", trouble_since=None)
    reminders.remind()
    assert len(mail.outbox) == 2


def test_the_isus_reminder_goes_to_the_administrators(tenant: Tenant, administrator: User, owner: User) -> None:
    isu = Connection.objects.create(tenant=tenant, kind=Connection.Kind.ISU, grant=Connection.Grant.REFRESH_TOKEN)
    breaks(isu)
    reminders.remind()
    [sent] = mail.outbox
    assert sent.to == [administrator.email]
    assert "/tenants/acme/" in sent.body


def test_times_are_in_the_readers_zone(connection: Connection, owner: User) -> None:
    User.objects.filter(pk=owner.pk).update(time_zone="Pacific/Auckland")
    breaks(connection)
    reminders.remind()
    with timezone.override("Pacific/Auckland"):
        expected = timezone.localtime(Connection.objects.get().state_since)
    assert f"{expected:%H:%M}" in mail.outbox[0].body


def test_without_a_mail_server_nothing_happens_and_the_news_is_kept(
    connection: Connection, settings: LazySettings
) -> None:
    settings.EMAIL_HOST = ""
    breaks(connection)
    reminders.remind()
    assert mail.outbox == []
    assert Connection.objects.get().reminded_at is None


def test_a_mail_server_that_is_down_harms_nothing_and_is_tried_again(
    connection: Connection, settings: LazySettings
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    breaks(connection)
    assert reminders.remind() == 0
    assert not Event.objects.filter(verb="connection.reminded").exists()
    settings.EMAIL_BACKEND = working
    assert reminders.remind() == 1
    assert len(mail.outbox) == 1


def test_a_mail_server_that_is_down_is_not_asked_for_everybody(tenant: Tenant, settings: LazySettings) -> None:
    for number in range(10):
        person = User.objects.create_user(f"person{number}@example.test")
        breaks(Connection.objects.create(tenant=tenant, kind="person", user=person, worker_wid=f"{number:032}"))
    settings.EMAIL_BACKEND = "tests.connections.refusing_mail.Backend"
    reminders.remind()
    assert len(mail.outbox) == reminders.REFUSED_AT_MOST


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_send_one_mail(connection: Connection) -> None:
    breaks(connection)

    def run() -> None:
        reminders.remind()
        databases.close_all()

    runs = [threading.Thread(target=run) for _ in range(4)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert len(mail.outbox) == 1
