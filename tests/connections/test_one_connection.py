"""The page that an administrator sends a person the link to."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection, OAuthState, Tenant
from tests.connections.conftest import signed_in_as, words
from tests.sandbox.process import SandboxProcess


def url_of(tenant: Tenant) -> str:
    return reverse("connections:one", args=[tenant.key])


def page_of(person: User, tenant: Tenant) -> str:
    return words(signed_in_as(person).get(url_of(tenant)))


def test_it_shows_this_tenant_and_no_other(tenant: Tenant, owner: User) -> None:
    Tenant.objects.create(key="other", name="Elsewhere", environment="sandbox")
    page = page_of(owner, tenant)
    assert "Acme" in page
    assert "Elsewhere" not in page


def test_somebody_who_never_connected_is_offered_to(tenant: Tenant, stranger: User) -> None:
    page = page_of(stranger, tenant)
    assert "Not connected" in page
    assert f'id="connect-{tenant.key}"' in page


def test_its_person_sees_the_connection_and_nobody_else_does(
    connected: Connection, tenant: Tenant, owner: User, colleague: User, administrator: User
) -> None:
    assert "Helena Brandt" in page_of(owner, tenant)
    for other in (colleague, administrator):
        assert "Helena Brandt" not in page_of(other, tenant)


@pytest.mark.attack("T03")
def test_opening_the_link_starts_nothing(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    assert signed_in_as(owner).get(url_of(tenant)).status_code == 200
    assert not OAuthState.objects.exists()
    assert sandbox.ledger() == []


def test_signed_out_it_asks_to_sign_in_and_comes_back(tenant: Tenant) -> None:
    answer = Client().get(url_of(tenant))
    assert answer["Location"] == f"{reverse('account_login')}?next={url_of(tenant)}"


def test_it_is_only_read(tenant: Tenant, owner: User) -> None:
    assert signed_in_as(owner).post(url_of(tenant)).status_code == 405


def test_a_tenant_that_is_not_there_has_no_page(tenant: Tenant, owner: User) -> None:
    assert signed_in_as(owner).get(reverse("connections:one", args=["nowhere"])).status_code == 404


def test_its_form_may_only_end_at_ourselves_or_at_this_tenant(tenant: Tenant, owner: User) -> None:
    origin = tenant.authorization_endpoint.removesuffix("/acme/authorize")
    policy = signed_in_as(owner).get(url_of(tenant))["Content-Security-Policy"]
    assert f"form-action 'self' {origin};" in f"{policy};"


def test_the_last_week_is_a_warning(connected: Connection, tenant: Tenant, owner: User) -> None:
    Tenant.objects.update(refresh_token_days=90)
    Connection.objects.update(refresh_token_at=timezone.now() - datetime.timedelta(days=84))
    page = page_of(owner, tenant)
    assert "in 6 days." in page
    assert "Reconnect by" in page
