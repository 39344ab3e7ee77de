"""The fields of the tenant form that describe how long refresh tokens live and what answers look like."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.clients import api_client
from connections.models import Connection, Tenant
from tests.connections.conftest import CLIENT_SECRET, signed_in_as, words
from tests.connections.tenant_form import edit, entries, errors
from tests.sandbox.process import SandboxProcess


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


@pytest.mark.parametrize(("entered", "kept"), [("", None), ("0", None), ("1", 1), (" 100 ", 100), ("3650", 3650)])
def test_the_timeout_is_kept_in_days_and_none_means_never(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess, entered: str, kept: int | None
) -> None:
    Tenant.objects.update(refresh_token_days=7)
    assert edit(browser, tenant, sandbox, refresh_token_days=entered).status_code == 302
    tenant.refresh_from_db()
    assert tenant.refresh_token_days == kept


@pytest.mark.parametrize("entered", ["-1", "3651", "soon", "1.5"])
def test_a_timeout_that_cannot_be_is_named_beside_its_field(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess, entered: str
) -> None:
    page = edit(browser, tenant, sandbox, refresh_token_days=entered, name="Acme again")
    assert page.status_code == 422
    assert list(errors(page)) == ["refresh_token_days"]
    tenant.refresh_from_db()
    assert (tenant.name, tenant.refresh_token_days) == ("Acme", None)


def test_both_need_no_secret_park_nobody_and_are_on_the_record(
    browser: Client, connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    assert edit(browser, tenant, sandbox, refresh_token_days="30", iss_required="on").status_code == 302
    tenant.refresh_from_db()
    assert tenant.iss_required
    assert api_client(tenant).client_secret.reveal() == CLIENT_SECRET
    assert Connection.objects.get().state == Connection.State.HEALTHY
    event = Event.objects.get(verb="tenant.changed")
    old, new = (
        {name: event.data[side][name] for name in ("refresh_token_days", "iss_required")} for side in ("old", "new")
    )
    assert old == {"refresh_token_days": None, "iss_required": False}
    assert new == {"refresh_token_days": 30, "iss_required": True}


def test_a_new_tenant_may_have_both(browser: Client, sandbox: SandboxProcess) -> None:
    browser.post(reverse("connections:tenant_new"), entries(sandbox, refresh_token_days="90", iss_required="on"))
    tenant = Tenant.objects.get()
    assert (tenant.refresh_token_days, tenant.iss_required) == (90, True)


def test_what_is_stored_stands_in_the_form(browser: Client, tenant: Tenant) -> None:
    Tenant.objects.update(refresh_token_days=45, iss_required=True)
    page = words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    assert 'name="refresh_token_days" value="45"' in page
    assert "Refresh Token Timeout (in days)" in page
    assert '<details class="disclosure" open><summary>For unusual tenants' in page


def test_nothing_unusual_stays_folded_away(browser: Client, tenant: Tenant) -> None:
    page = words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    assert '<details class="disclosure"><summary>For unusual tenants' in page
