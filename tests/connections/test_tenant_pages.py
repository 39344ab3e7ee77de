from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections import grants
from connections.clients import api_client
from connections.models import Connection, Tenant
from connections.vault import Sealed
from tests.connections.conftest import CLIENT_SECRET, connect, signed_in_as, words
from tests.connections.tenant_form import edit, entries, errors
from tests.sandbox.process import SandboxProcess


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


def redirect_url(page: Any) -> str:
    return str(re.findall(r'id="redirect-url">([^<]+)<', page.content.decode())[0])


def signed_key(page: Any) -> str:
    return html.unescape(re.findall(r'name="signed_key" value="([^"]+)"', page.content.decode())[0])


def test_the_redirect_url_that_was_shown_is_the_one_that_is_used(
    browser: Client, owner: User, sandbox: SandboxProcess
) -> None:
    page = browser.get(reverse("connections:tenant_new"))
    shown = redirect_url(page)
    wrong = browser.post(reverse("connections:tenant_new"), entries(sandbox, name="", signed_key=signed_key(page)))
    assert redirect_url(wrong) == shown
    answer = browser.post(reverse("connections:tenant_new"), entries(sandbox, signed_key=signed_key(wrong)))
    assert answer.status_code == 302
    tenant = Tenant.objects.get()
    assert tenant.redirect_uri == shown
    sandbox.register(client_id="new-client", client_secret="canary-new", redirect_uri=shown, pkce=True)
    assert connect(signed_in_as(owner), tenant).status_code == 303


def test_a_key_that_we_did_not_sign_is_not_used(browser: Client, sandbox: SandboxProcess) -> None:
    browser.post(reverse("connections:tenant_new"), entries(sandbox, signed_key="admin:forged"))
    assert re.fullmatch(r"[0-9a-f]{16}", Tenant.objects.get().key)


def test_registering_is_on_the_record(browser: Client, administrator: User, sandbox: SandboxProcess) -> None:
    browser.post(reverse("connections:tenant_new"), entries(sandbox))
    event = Event.objects.get(verb="tenant.registered")
    assert event.actor == administrator.pk
    assert "canary-new" not in repr(event.data)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("environment", "moon"),
        ("rest_endpoint", "https://evil.test/ccx/api/v1/acme"),
        ("authorization_endpoint", "https://wd5.myworkday.com/acme"),
        ("token_endpoint", ""),
        ("client_id", ""),
        ("client_secret", ""),
    ],
)
def test_a_wrong_entry_is_named_beside_its_field_and_nothing_is_saved(
    browser: Client, sandbox: SandboxProcess, field: str, value: str
) -> None:
    page = browser.post(reverse("connections:tenant_new"), entries(sandbox, **{field: value}))
    assert page.status_code == 422
    assert field in errors(page)
    assert html.escape(errors(page)[field][0]) in page.content.decode()
    assert not Tenant.objects.exists()


def test_two_tenants_cannot_have_one_name(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    page = browser.post(reverse("connections:tenant_new"), entries(sandbox, name="Acme"))
    assert "name" in errors(page)


def test_no_page_ever_shows_a_secret(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    for page in (
        browser.get(reverse("connections:tenant", args=[tenant.key])),
        browser.get(reverse("connections:tenants")),
        edit(browser, tenant, sandbox, name="", client_secret="canary-typed"),
        browser.post(reverse("connections:isu", args=[tenant.key]), {"refresh_token": "canary-refresh"}),
    ):
        assert "canary" not in page.content.decode()


def test_an_empty_secret_keeps_the_one_that_is_stored(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    assert edit(browser, tenant, sandbox, name="Acme again").status_code == 302
    tenant.refresh_from_db()
    assert tenant.name == "Acme again"
    assert api_client(tenant).client_secret.reveal() == CLIENT_SECRET


def test_a_new_secret_replaces_the_old_one(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    old = bytes(tenant.client_secret_box or b"")
    edit(browser, tenant, sandbox, client_secret="canary-second")
    tenant.refresh_from_db()
    assert api_client(tenant).client_secret.reveal() == "canary-second"
    tenant.client_secret_box = old
    with pytest.raises(Sealed):
        api_client(tenant)


@pytest.mark.attack("T25")
def test_changing_an_address_demands_the_secret_again(
    browser: Client, connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    moved = {
        "rest_endpoint": "https://wd2-impl-services1.workday.com/ccx/api/v1/acme",
        "token_endpoint": "https://wd2-impl-services1.workday.com/ccx/oauth2/acme/token",
        "authorization_endpoint": "https://impl.workday.com/acme/authorize",
    }
    page = edit(browser, tenant, sandbox, **moved)
    assert page.status_code == 422
    assert "client_secret" in errors(page)
    assert Connection.objects.get().state == Connection.State.HEALTHY
    assert edit(browser, tenant, sandbox, **moved, client_secret="canary-moved").status_code == 302
    parked = Connection.objects.select_related("tenant").get()
    assert parked.state == Connection.State.NEEDS_RECONNECT
    assert grants.access_token(parked) is None
    event = Event.objects.get(verb="tenant.changed")
    assert event.data["old"]["token_endpoint"] != event.data["new"]["token_endpoint"]


@pytest.mark.attack("T25")
def test_a_tenant_that_somebody_uses_is_not_removed(browser: Client, connected: Connection, tenant: Tenant) -> None:
    page = browser.post(reverse("connections:tenant_remove", args=[tenant.key]), follow=True)
    assert "Somebody is still connected." in words(page)
    assert Tenant.objects.exists()


def test_a_tenant_that_nobody_uses_is_removed(browser: Client, connected: Connection, tenant: Tenant) -> None:
    browser.post(reverse("connections:disconnect", args=[connected.pk]))
    browser.post(reverse("connections:tenant_remove", args=[tenant.key]))
    assert not Tenant.objects.exists()
    assert Event.objects.filter(verb="tenant.removed").exists()


def test_the_page_walks_through_workdays_own_tasks(browser: Client) -> None:
    page = words(browser.get(reverse("connections:tenant_new")))
    for task in ("Edit Tenant Setup - Security", "Register API Client", "View API Clients", "Refresh Token Timeout"):
        assert task in page


def test_the_page_lists_who_is_connected_and_who_is_broken(
    browser: Client, connected: Connection, tenant: Tenant
) -> None:
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT, state_reason="Workday said no.")
    page = words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    assert "Olive Owner" in page
    assert "Workday said no." in page
    assert "1 to reconnect" in words(browser.get(reverse("connections:tenants")))
