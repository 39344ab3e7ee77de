"""When nobody's access at a tenant can be renewed, its administrators are told, and nobody else."""

from __future__ import annotations

import datetime

import pytest
from django.conf import LazySettings
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import health, reminders, tenant_alarm
from connections.models import Connection, Tenant
from connections.tokens import TenantTrouble, bearer
from tests.connections.conftest import connect, signed_in_as, words
from tests.sandbox.process import SandboxProcess


@pytest.fixture(autouse=True)
def _mail(settings: LazySettings) -> None:
    """Mails are kept in memory; only a named host makes the product send any."""
    settings.EMAIL_HOST = "mail.example.test"


def get_a_token(connection: Connection) -> None:
    Connection.objects.filter(pk=connection.pk).update(access_expires_at=timezone.now())
    with pytest.raises(TenantTrouble):
        bearer(Connection.objects.select_related("tenant").get(pk=connection.pk))


@pytest.fixture
def troubled(tenant: Tenant, connected: Connection, sandbox: SandboxProcess, colleague: User) -> Tenant:
    """Two people are connected, and Workday has a new secret for the API client."""
    connect(signed_in_as(colleague), tenant, "colleague")
    sandbox.register(client_id="app-client", client_secret="changed", redirect_uri=tenant.redirect_uri)
    for connection in Connection.objects.all():
        get_a_token(connection)
    return tenant


@pytest.mark.attack("T35")
def test_a_refused_api_client_alarms_each_administrator_once_and_asks_nobody_to_reconnect(
    troubled: Tenant, administrator: User, owner: User, settings: LazySettings
) -> None:
    second = User.objects.create_user("second@example.test", is_administrator=True)
    User.objects.create_user("former@example.test", is_administrator=True, is_active=False)
    for _ in range(3):
        tenant_alarm.alarm()
        reminders.remind()
    assert sorted(sent.to for sent in mail.outbox) == sorted([[administrator.email], [second.email]])
    assert "Workday does not accept the API client's ID or secret." in mail.outbox[0].body
    assert f"{settings.PUBLIC_URL}/tenants/{troubled.key}/" in mail.outbox[0].body
    assert set(Connection.objects.values_list("state", flat=True)) == {"healthy"}
    page = words(signed_in_as(owner).get(reverse("connections:list")))
    assert "You need not reconnect." in page


@pytest.mark.attack("T35")
def test_the_operations_page_and_the_tenants_page_tell_it(troubled: Tenant, administrator: User) -> None:
    browser = signed_in_as(administrator)
    page = words(browser.get(reverse("operations")))
    assert "access to Acme can be renewed" in page
    assert "Nobody has to reconnect." in page
    assert "Needs you" in words(browser.get(reverse("connections:tenants")))


def test_trouble_that_comes_again_at_once_is_not_mailed_again(tenant: Tenant, administrator: User) -> None:
    for _ in range(3):
        health.tenant_trouble(tenant, "Workday does not accept the API client's ID or secret.")
        tenant_alarm.alarm()
        health.clear_tenant_trouble(tenant)
    assert len(mail.outbox) == 1


def test_trouble_that_comes_again_later_is(
    tenant: Tenant, administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The audit record cannot be made older, so the hour is made shorter.
    monkeypatch.setattr(tenant_alarm, "APART", datetime.timedelta(0))
    for _ in range(2):
        health.tenant_trouble(tenant, "Something.")
        Tenant.objects.update(trouble_since=timezone.now())
        tenant_alarm.alarm()
        health.clear_tenant_trouble(tenant)
    assert len(mail.outbox) == 2


def test_a_mail_server_that_is_down_is_tried_again_after_a_pause(
    troubled: Tenant, administrator: User, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert tenant_alarm.alarm() == 0
    settings.EMAIL_BACKEND = working
    assert tenant_alarm.alarm() == 0
    monkeypatch.setattr(tenant_alarm, "PAUSE", datetime.timedelta(0))
    assert tenant_alarm.alarm() == 1
    assert len(mail.outbox) == 1


def test_without_a_mail_server_the_pages_alone_tell(
    troubled: Tenant, administrator: User, settings: LazySettings
) -> None:
    settings.EMAIL_HOST = ""
    assert tenant_alarm.alarm() == 0
    assert not Event.objects.filter(verb=tenant_alarm.SENT).exists()
