"""The integration system user by client credentials: no token is pasted, and none is there to renew with."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import barring, grants
from connections.models import Connection, Tenant
from connections.tokens import NeedsReconnect, TenantTrouble, TokenError, Weather, bearer
from inbox.models import InboxTask
from inbox.sync import sync_inbox
from tests.connections.conftest import CLIENT_SECRET, signed_in_as, words
from tests.sandbox.process import SandboxProcess


def register(sandbox: SandboxProcess, tenant: Tenant, **changes: Any) -> None:
    """What Workday knows of the tenant's API client; made for integrations, it is mapped to the ISU."""
    usual = {"client_id": "app-client", "client_secret": CLIENT_SECRET, "redirect_uri": tenant.redirect_uri}
    sandbox.register(**{**usual, "kind": "integrations", **changes})


def press(browser: Client, tenant: Tenant) -> Any:
    return browser.post(reverse("connections:isu_by_client", args=[tenant.key]), follow=True)


def asked(sandbox: SandboxProcess) -> int:
    seen = sandbox.ledger(path="/token")
    return len([request for request in seen if request["body"] == {"grant_type": "client_credentials"}])


@pytest.fixture
def browser(administrator: User, tenant: Tenant, sandbox: SandboxProcess) -> Client:
    register(sandbox, tenant)
    return signed_in_as(administrator)


@pytest.fixture
def isu(browser: Client, tenant: Tenant) -> Connection:
    press(browser, tenant)
    return Connection.objects.select_related("tenant").get()


def expired(connection: Connection) -> Connection:
    connection.access_expires_at = timezone.now()
    connection.save(update_fields=["access_expires_at"])
    return connection


def failure(connection: Connection) -> TokenError:
    with pytest.raises(TokenError) as raised:
        bearer(expired(connection))
    return raised.value


def test_the_api_client_alone_connects_the_isu(browser: Client, tenant: Tenant, administrator: User) -> None:
    assert "The integration system user is connected." in words(press(browser, tenant))
    isu = Connection.objects.select_related("tenant").get()
    assert (isu.kind, isu.grant, isu.state) == ("isu", "client_credentials", "healthy")
    assert (isu.refresh_token_box, isu.refresh_token_at) == (None, None)
    assert bearer(isu)
    assert Event.objects.get(verb="connection.connected").actor == administrator.pk


def test_it_takes_the_place_of_a_pasted_token_and_the_other_way_round(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    paste = {"refresh_token": sandbox.isu_token("app-client")}
    for way in ("client_credentials", "refresh_token"):
        browser.post(reverse("connections:isu", args=[tenant.key]), paste)
        if way == "client_credentials":
            press(browser, tenant)
        isu = Connection.objects.select_related("tenant").get()
        assert isu.grant == way
        assert (grants.refresh_token(isu) is None) is (way == "client_credentials")


def test_an_api_client_for_people_gets_no_access_by_itself(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    register(sandbox, tenant, kind="authorization_code")
    assert "gives this API client no access by itself" in words(press(browser, tenant))
    assert not Connection.objects.exists()


def test_a_wrong_client_secret_is_told_and_nothing_is_stored(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    register(sandbox, tenant, client_secret="changed")
    assert "does not accept the API client&#x27;s ID or secret" in words(press(browser, tenant))
    assert not Connection.objects.exists()


def test_a_secret_that_does_not_open_is_sent_nowhere(browser: Client, tenant: Tenant, sandbox: SandboxProcess) -> None:
    Tenant.objects.update(secret_generation=77)
    assert "Enter the client secret above again first." in words(press(browser, tenant))
    assert asked(sandbox) == 0


def test_a_disabled_isu_stays_disabled(isu: Connection, browser: Client, tenant: Tenant, administrator: User) -> None:
    barring.disable(isu, "Not needed.", administrator)
    assert "is disabled here. Enable it first." in words(press(browser, tenant))
    assert Connection.objects.get().state == Connection.State.DISABLED


def test_an_access_token_that_ended_is_had_anew(isu: Connection, sandbox: SandboxProcess) -> None:
    old = grants.access_token(isu)
    assert bearer(expired(isu)) != old
    assert asked(sandbox) == 2
    assert bearer(expired(isu))


def test_a_rejected_token_is_had_anew_once_for_all_who_had_it(isu: Connection, sandbox: SandboxProcess) -> None:
    second = Connection.objects.select_related("tenant").get()
    old = bearer(isu)
    new = bearer(isu, rejected=old)
    assert new != old
    assert bearer(second, rejected=old) == new
    assert asked(sandbox) == 2


@pytest.mark.attack("T35")
@pytest.mark.parametrize("error", ["unauthorized_client", "invalid_grant"])
def test_a_mapping_that_is_gone_is_told_as_what_it_is(isu: Connection, sandbox: SandboxProcess, error: str) -> None:
    sandbox.fault("*/token", "status", status=400, error=error)
    told = failure(isu)
    assert isinstance(told, NeedsReconnect)
    kept = Connection.objects.select_related("tenant").get()
    assert (kept.state, kept.state_reason) == ("needs_reconnect", told.reason)
    assert "Create Client Credentials Mapping" in told.reason
    assert (kept.access_token_box, kept.tenant.trouble) == (None, "")


def test_an_api_client_that_lost_its_mapping_connects_again_once_it_is_back(
    isu: Connection, browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    register(sandbox, tenant, kind="authorization_code")
    assert isinstance(failure(isu), NeedsReconnect)
    register(sandbox, tenant)
    press(browser, tenant)
    back = Connection.objects.select_related("tenant").get()
    assert (back.pk, back.state) == (isu.pk, "healthy")
    assert bearer(back)


@pytest.mark.attack("T35")
def test_a_refused_api_client_is_the_administrators_to_mend(
    isu: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    register(sandbox, tenant, client_secret="changed")
    assert isinstance(failure(isu), TenantTrouble)
    tenant.refresh_from_db()
    assert "client's ID or secret" in tenant.trouble
    assert Connection.objects.get().state == "healthy"


@pytest.mark.parametrize("kind", ["drop_before", "apply_then_drop", "garbage"])
def test_bad_weather_passes_and_nothing_was_rotated(isu: Connection, sandbox: SandboxProcess, kind: str) -> None:
    sandbox.fault("*/token", kind, times=1)
    assert isinstance(failure(isu), Weather)
    assert bearer(Connection.objects.select_related("tenant").get())


@pytest.mark.attack("T25")
def test_no_new_token_is_had_for_a_rest_endpoint_that_was_changed_behind_our_back(
    isu: Connection, sandbox: SandboxProcess
) -> None:
    sandbox.clear_ledger()
    elsewhere = sandbox.url.replace("127.0.0.1", "localhost")
    Tenant.objects.update(rest_endpoint=f"{elsewhere}/ccx/api/v1/acme")
    assert isinstance(failure(Connection.objects.select_related("tenant").get()), NeedsReconnect)
    assert sandbox.ledger() == []


@pytest.mark.django_db(transaction=True)
def test_its_inbox_holds_its_own_tasks_also_after_the_token_ended(isu: Connection, sandbox: SandboxProcess) -> None:
    sync_inbox(isu.pk)
    expired(isu)
    sync_inbox(isu.pk)
    mirrored = InboxTask.objects.filter(connection=isu).values_list("wid", flat=True)
    assert set(mirrored) == set(sandbox.tasks("isu"))
    assert len(mirrored) == 3
    assert asked(sandbox) == 2


@pytest.mark.attack("T22")
def test_it_is_for_administrators_only(isu: Connection, tenant: Tenant, administrator: User, owner: User) -> None:
    assert isu in Connection.objects.of(administrator)
    assert isu not in Connection.objects.of(owner)
    url = reverse("connections:isu_by_client", args=[tenant.key])
    assert signed_in_as(owner).post(url).status_code == 404
    assert signed_in_as(administrator).get(url).status_code == 405


def test_the_panel_explains_both_ways_in_workdays_words(browser: Client, tenant: Tenant) -> None:
    page = words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    for task in ("Register API Client for Integrations", "Create Client Credentials Mapping"):
        assert task in page
    assert "Manage Refresh Tokens for Integrations" in page
