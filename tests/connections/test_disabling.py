from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections as databases
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections import barring, linking
from connections.models import Connection, Tenant
from connections.tokens import NeedsReconnect, bearer
from tests.connections.conftest import connect, signed_in_as, words
from tests.sandbox.process import SandboxProcess

REASON = "Left the company on Friday."


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


def url_of(connection: Connection, name: str = "disable") -> str:
    return reverse(f"connections:{name}", args=[connection.tenant.key, connection.pk])


def disable(browser: Client, connection: Connection, reason: str = REASON) -> Any:
    return browser.post(url_of(connection), {"reason": reason})


def fresh(connection: Connection) -> Connection:
    return Connection.objects.select_related("tenant").get(pk=connection.pk)


def test_the_page_says_what_disabling_means_and_does_nothing(browser: Client, connected: Connection) -> None:
    page = words(browser.get(url_of(connected)))
    assert "Olive Owner" in page
    assert "erased here at once" in page
    assert fresh(connected).state == Connection.State.HEALTHY


@pytest.mark.parametrize("reason", ["", "   ", "x" * 201])
def test_a_reason_is_needed_that_fits(browser: Client, connected: Connection, reason: str) -> None:
    assert disable(browser, connected, reason).status_code == 422
    assert fresh(connected).state == Connection.State.HEALTHY


def test_disabling_erases_the_tokens_and_asks_workday_nothing(
    browser: Client, connected: Connection, administrator: User, sandbox: SandboxProcess
) -> None:
    sandbox.clear_ledger()
    disable(browser, connected)
    ended = fresh(connected)
    assert (ended.state, ended.state_reason) == ("disabled", REASON)
    assert (ended.access_token_box, ended.refresh_token_box) == (None, None)
    with pytest.raises(NeedsReconnect, match=REASON):
        bearer(ended)
    assert sandbox.ledger() == []
    event = Event.objects.get(verb="connection.disabled")
    assert (event.actor, event.subject, event.data["reason"]) == (administrator.pk, connected.pk, REASON)


def test_its_person_reads_the_reason_and_is_offered_no_way_back(
    browser: Client, connected: Connection, owner: User, tenant: Tenant
) -> None:
    disable(browser, connected)
    for name, args in [("list", []), ("one", [tenant.key])]:
        page = words(signed_in_as(owner).get(reverse(f"connections:{name}", args=args)))
        assert REASON in page
        assert f'id="connect-{tenant.key}"' not in page
        assert "Disconnect" not in page


def test_its_person_cannot_connect_again(
    browser: Client, connected: Connection, owner: User, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    disable(browser, connected)
    page = connect(signed_in_as(owner), tenant)
    assert "An administrator has disabled your connection" in words(page)
    assert fresh(connected).state == Connection.State.DISABLED


def test_disconnecting_is_no_way_round_the_ban(
    browser: Client, connected: Connection, owner: User, administrator: User
) -> None:
    disable(browser, connected)
    for person in (owner, administrator):
        assert signed_in_as(person).post(reverse("connections:disconnect", args=[connected.pk])).status_code == 404
    linking.disconnect(connected, owner)
    assert fresh(connected).state == Connection.State.DISABLED


def test_enabling_asks_the_person_to_connect_the_same_connection_again(
    browser: Client, connected: Connection, owner: User, tenant: Tenant
) -> None:
    disable(browser, connected)
    browser.post(url_of(connected, "enable"))
    assert fresh(connected).state == Connection.State.NEEDS_RECONNECT
    page = words(signed_in_as(owner).get(reverse("connections:list")))
    assert "An administrator has allowed this connection again." in page
    connect(signed_in_as(owner), tenant)
    assert fresh(connected).state == Connection.State.HEALTHY
    assert Connection.objects.count() == 1
    assert Event.objects.filter(verb="connection.enabled", subject=connected.pk).exists()


def test_enabling_what_is_not_disabled_changes_nothing(browser: Client, connected: Connection) -> None:
    browser.post(url_of(connected, "enable"))
    assert fresh(connected).state == Connection.State.HEALTHY


def test_somebody_who_disconnected_can_be_kept_out_too(
    browser: Client, connected: Connection, owner: User, colleague: User, tenant: Tenant
) -> None:
    linking.disconnect(connected, owner)
    connect(signed_in_as(colleague), tenant)
    disable(browser, connected)
    assert fresh(connected).state == Connection.State.DISABLED
    assert "disabled your connection" in words(connect(signed_in_as(owner), tenant, "colleague"))


def test_the_isu_can_be_disabled_and_takes_no_token_until_it_is_enabled(
    browser: Client, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    url = reverse("connections:isu", args=[tenant.key])
    browser.post(url, {"refresh_token": sandbox.isu_token("app-client")})
    isu = Connection.objects.select_related("tenant").get()
    disable(browser, isu)
    page = browser.post(url, {"refresh_token": sandbox.isu_token("app-client")})
    assert "Enable it first." in words(page)
    assert fresh(isu).state == Connection.State.DISABLED
    browser.post(url_of(isu, "enable"))
    browser.post(url, {"refresh_token": sandbox.isu_token("app-client")})
    assert fresh(isu).state == Connection.State.HEALTHY


@pytest.mark.parametrize("person", ["owner", "colleague", "stranger"])
@pytest.mark.parametrize("name", ["disable", "enable", "connection"])
def test_only_administrators_may(connected: Connection, person: str, name: str, request: pytest.FixtureRequest) -> None:
    browser = signed_in_as(request.getfixturevalue(person))
    method = browser.get if name == "connection" else browser.post
    assert method(url_of(connected, name), {"reason": REASON}).status_code == 404
    assert fresh(connected).state == Connection.State.HEALTHY


def test_enabling_is_never_a_get(browser: Client, connected: Connection) -> None:
    assert browser.get(url_of(connected, "enable")).status_code == 405


def test_a_connection_is_found_only_at_its_own_tenant(browser: Client, connected: Connection) -> None:
    Tenant.objects.create(key="other", name="Elsewhere", environment="sandbox")
    assert browser.get(reverse("connections:connection", args=["other", connected.pk])).status_code == 404


def test_a_tenant_with_nobody_but_disabled_people_can_be_removed(
    browser: Client, connected: Connection, tenant: Tenant, administrator: User
) -> None:
    barring.disable(connected, REASON, administrator)
    assert "Remove this tenant" in words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    browser.post(reverse("connections:tenant_remove", args=[tenant.key]))
    assert not Tenant.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_while_a_worker_holds_the_connection_the_page_says_so_instead_of_waiting_for_it(
    browser: Client, connected: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(barring, "PATIENCE_SECONDS", 1)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Connection.objects.select_for_update().get(pk=connected.pk)
            held.set()
            release.wait(20)
        databases.close_all()

    worker = threading.Thread(target=hold)
    worker.start()
    try:
        assert held.wait(10)
        page = browser.post(url_of(connected), {"reason": REASON}, follow=True)
    finally:
        release.set()
        worker.join()
    assert "Try again in a minute." in words(page)
    assert fresh(connected).state == Connection.State.HEALTHY
    assert "is disabled" in words(browser.post(url_of(connected), {"reason": REASON}, follow=True))
