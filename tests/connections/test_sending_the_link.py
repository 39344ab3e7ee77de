from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.conf import LazySettings
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Connection, Tenant
from tests.connections.conftest import signed_in_as, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant() -> Tenant:
    """Nothing here reaches a far side."""
    return Tenant.objects.create(key="acme", name="Acme", environment="sandbox")


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


@pytest.fixture
def _mail(settings: LazySettings) -> None:
    """Mails are kept in memory; only a named host makes the product send any."""
    settings.EMAIL_HOST = "mail.example.test"


def send(browser: Client, tenant: Tenant, person: User) -> Any:
    return browser.post(reverse("connections:send_link", args=[tenant.key, person.pk]), follow=True)


@pytest.mark.usefixtures("_mail")
def test_the_mail_holds_the_link_and_nothing_secret(
    browser: Client, tenant: Tenant, stranger: User, administrator: User, settings: LazySettings
) -> None:
    assert "The link was mailed to stranger@example.test." in words(send(browser, tenant, stranger))
    [sent] = mail.outbox
    assert sent.to == ["stranger@example.test"]
    assert f"{settings.PUBLIC_URL}/connections/acme/" in sent.body
    assert "Sten Stranger" in sent.body
    event = Event.objects.get(verb="connection.link_sent")
    assert (event.actor, event.subject, event.tenant) == (administrator.pk, stranger.pk, tenant.pk)


@pytest.mark.usefixtures("_mail")
def test_a_person_gets_one_an_hour_whoever_asks(browser: Client, tenant: Tenant, stranger: User, owner: User) -> None:
    send(browser, tenant, stranger)
    second = User.objects.create_user("second@example.test", is_administrator=True)
    assert "less than an hour ago" in words(send(signed_in_as(second), tenant, stranger))
    send(browser, tenant, owner)
    assert [sent.to for sent in mail.outbox] == [["stranger@example.test"], ["owner@example.test"]]


@pytest.mark.usefixtures("_mail")
def test_an_hour_later_it_may_be_sent_again(
    browser: Client, tenant: Tenant, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(browser, tenant, stranger)
    # The audit record cannot be made older, so the hour is made shorter.
    monkeypatch.setattr("connections.inviting.APART", datetime.timedelta(0))
    send(browser, tenant, stranger)
    assert len(mail.outbox) == 2


@pytest.mark.usefixtures("_mail")
def test_a_mail_server_that_does_not_take_it_is_told_and_may_be_tried_again(
    browser: Client, tenant: Tenant, stranger: User, settings: LazySettings
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert "did not take the mail" in words(send(browser, tenant, stranger))
    settings.EMAIL_BACKEND = working
    assert "The link was mailed" in words(send(browser, tenant, stranger))


def test_without_a_mail_server_the_link_is_only_copied(browser: Client, tenant: Tenant, stranger: User) -> None:
    page = words(browser.get(reverse("connections:people", args=[tenant.key])))
    assert "/connections/acme/" in page
    assert "Send the link" not in page
    assert send(browser, tenant, stranger).status_code == 404
    assert mail.outbox == []


@pytest.mark.usefixtures("_mail")
def test_it_is_offered_for_those_who_have_to_connect(
    browser: Client, tenant: Tenant, connection: Connection, stranger: User
) -> None:
    page = words(browser.get(reverse("connections:people", args=[tenant.key])))
    assert "to Sten Stranger" in page
    assert "to Olive Owner" not in page
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT)
    assert "to Olive Owner" in words(browser.get(reverse("connections:people", args=[tenant.key])))
    Tenant.objects.update(trouble="Workday does not accept the API client.")
    assert "Send the link" not in words(browser.get(reverse("connections:people", args=[tenant.key])))


@pytest.mark.usefixtures("_mail")
def test_a_deactivated_person_gets_none(browser: Client, tenant: Tenant, stranger: User) -> None:
    User.objects.filter(pk=stranger.pk).update(is_active=False)
    assert send(browser, tenant, stranger).status_code == 404
    assert mail.outbox == []


@pytest.mark.usefixtures("_mail")
def test_only_administrators_send_it_and_only_by_a_form(
    browser: Client, tenant: Tenant, owner: User, stranger: User
) -> None:
    assert send(signed_in_as(owner), tenant, stranger).status_code == 404
    assert browser.get(reverse("connections:send_link", args=[tenant.key, stranger.pk])).status_code == 405
    assert mail.outbox == []
