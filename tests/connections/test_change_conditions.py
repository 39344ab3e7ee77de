"""Who may confirm a change of a tenant, and when it no longer fits what is stored."""

from __future__ import annotations

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts import people
from accounts.models import User
from audit.models import Event
from connections import changes
from connections.clients import api_client
from connections.models import Connection, Tenant, TenantChange
from connections.vault import Sealed
from tests.connections.conftest import NEW_SECRET, signed_in_as
from tests.connections.tenant_form import answer, ask, edit, origin, shown
from tests.sandbox.process import SandboxProcess

pytestmark = pytest.mark.attack("T25")


def test_a_newer_change_replaces_the_one_that_waits_and_nobody_confirms_it_unread(
    asking: Client, other: User, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    confirming = signed_in_as(other)
    read = shown(confirming, tenant)
    ask(asking, tenant, elsewhere, client_id="another-client")
    assert Event.objects.get(verb="tenant.change_replaced").data["new"]["client_id"] == "app-client"
    assert "no longer the change that you were shown" in answer(confirming, tenant, "confirm", read)
    assert origin(tenant) == sandbox.url
    answer(confirming, tenant, "confirm")
    tenant.refresh_from_db()
    assert tenant.client_id == "another-client"


def test_whoever_is_no_administrator_any_more_cannot_confirm(
    asking: Client, administrator: User, other: User, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    confirming = signed_in_as(other)
    read = shown(confirming, tenant)
    url = reverse("connections:tenant_change_confirm", args=[tenant.key])
    people.set_administrator(other, False, by=administrator)
    assert confirming.post(url, {"seen": read}).status_code == 404
    people.set_administrator(other, True, by=administrator)
    people.set_active(other, False, by=administrator)
    assert confirming.post(url, {"seen": read}).status_code == 302
    with pytest.raises(changes.NotYours):
        changes.confirm(tenant, read, other)
    assert origin(tenant) == sandbox.url


def test_what_somebody_asked_for_who_has_left_can_be_confirmed_still(
    asking: Client, administrator: User, other: User, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    people.set_active(administrator, False, by=other)
    answer(signed_in_as(other), tenant, "confirm")
    assert origin(tenant) == elsewhere.url


def test_a_person_who_was_deactivated_is_no_second_administrator(
    administrator: User, other: User, connected: Connection, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    people.set_active(other, False, by=administrator)
    ask(signed_in_as(administrator), tenant, elsewhere)
    assert origin(tenant) == elsewhere.url
    assert Connection.objects.get().state == Connection.State.NEEDS_RECONNECT
    assert elsewhere.ledger() == []


def test_addresses_that_are_no_longer_allowed_are_not_confirmed(
    asking: Client,
    other: User,
    tenant: Tenant,
    sandbox: SandboxProcess,
    elsewhere: SandboxProcess,
    settings: LazySettings,
) -> None:
    ask(asking, tenant, elsewhere)
    settings.WORKDAY_PLAIN_ORIGINS = [sandbox.url]
    assert "These addresses are no longer allowed here." in answer(signed_in_as(other), tenant, "confirm")
    assert origin(tenant) == sandbox.url


def test_a_secret_that_was_replaced_meanwhile_ends_the_change(
    asking: Client, other: User, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    confirming = signed_in_as(other)
    read = shown(confirming, tenant)
    edit(asking, tenant, sandbox, client_secret="canary-rotated")
    assert "no longer the change" in answer(confirming, tenant, "confirm", read)
    assert Event.objects.filter(verb="tenant.change_dropped").exists()
    assert api_client(Tenant.objects.get()).client_secret.reveal() == "canary-rotated"


def test_a_tenant_that_was_edited_meanwhile_has_to_be_read_again(
    asking: Client, other: User, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    confirming = signed_in_as(other)
    read = shown(confirming, tenant)
    edit(asking, tenant, sandbox, refresh_token_days="30")
    assert "Read it again" in answer(confirming, tenant, "confirm", read)
    assert origin(tenant) == sandbox.url


def test_what_belongs_to_the_api_client_waits_with_it_and_the_rest_is_saved_at_once(
    asking: Client, other: User, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    ask(
        asking,
        tenant,
        elsewhere,
        name="Acme again",
        decide_by="inbox_task",
        environment="preview",
        refresh_token_days="9",
    )
    tenant.refresh_from_db()
    assert (tenant.name, tenant.decide_by) == ("Acme again", "inbox_task")
    assert (tenant.environment, tenant.refresh_token_days) == ("sandbox", None)
    answer(signed_in_as(other), tenant, "confirm")
    tenant.refresh_from_db()
    assert (tenant.name, tenant.environment, tenant.refresh_token_days) == ("Acme again", "preview", 9)


@pytest.mark.attack("T24")
def test_the_secret_that_waits_opens_for_the_wanted_address_only(
    asking: Client, tenant: Tenant, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    change = TenantChange.objects.get()
    tenant.refresh_from_db()
    assert api_client(changes.wanted(tenant, change)).client_secret.reveal() == NEW_SECRET
    for generation in (tenant.secret_generation, tenant.secret_generation + 1):
        tenant.client_secret_box, tenant.secret_generation = change.client_secret_box, generation
        with pytest.raises(Sealed):
            api_client(tenant)


def test_a_secret_that_does_not_open_any_more_is_not_confirmed(
    asking: Client, other: User, tenant: Tenant, sandbox: SandboxProcess, elsewhere: SandboxProcess
) -> None:
    ask(asking, tenant, elsewhere)
    Tenant.objects.update(secret_generation=77)
    assert "does not open any more. Refuse the change." in answer(signed_in_as(other), tenant, "confirm")
    assert origin(tenant) == sandbox.url
