from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections import linking
from connections.models import Connection, OAuthState, Tenant
from connections.signals import connected as connected_signal
from tests.connections.conftest import CLIENT_SECRET, begin, come_back, connect, signed_in_as, words
from tests.sandbox.process import SandboxProcess
from tests.workday import consent


@pytest.mark.attack("T11")
def test_a_person_connects_and_is_shown_as_whom(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    answer = connect(browser, tenant)
    assert (answer.status_code, answer["Location"]) == (303, reverse("connections:list"))
    page = words(browser.get(answer["Location"]))
    assert "Connected to Acme as Helena Brandt." in page
    assert "Healthy" in page
    assert owner.connections.get().worker_wid == sandbox.people()["manager"]["id"]


@pytest.mark.attack("T03")
def test_connect_starts_by_post_only(tenant: Tenant, owner: User) -> None:
    url = reverse("connections:connect", args=[tenant.key])
    browser = signed_in_as(owner)
    assert [browser.get(url).status_code, browser.head(url).status_code] == [405, 405]
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T03")
def test_connect_needs_the_form_of_our_own_page(tenant: Tenant, owner: User) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner)
    assert browser.post(reverse("connections:connect", args=[tenant.key])).status_code == 403
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T03")
@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
def test_a_browser_that_says_the_form_came_from_elsewhere_is_believed(tenant: Tenant, owner: User, site: str) -> None:
    url = reverse("connections:connect", args=[tenant.key])
    assert signed_in_as(owner).post(url, headers={"Sec-Fetch-Site": site}).status_code == 403
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T03")
def test_connect_asks_to_sign_in_first(tenant: Tenant) -> None:
    answer = Client().post(reverse("connections:connect", args=[tenant.key]))
    assert answer.status_code == 302
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T08")
def test_neither_state_nor_verifier_nor_secret_is_in_the_session(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    state = re.findall(r"state=([\w-]+)", begin(browser, tenant))[0]
    kept = repr(dict(browser.session.items()))
    assert state not in kept
    assert OAuthState.objects.get().code_verifier not in kept


def test_the_tokens_lie_sealed_and_nowhere_else(connected: Connection, owner: User, sandbox: SandboxProcess) -> None:
    stored = repr(list(Connection.objects.values())) + repr(list(Tenant.objects.values()))
    stored += repr(list(Event.objects.values()))
    assert CLIENT_SECRET not in stored
    assert connected.access_token_box
    assert bytes(connected.access_token_box)[0] == 1


def test_reconnecting_keeps_the_same_connection(connected: Connection, tenant: Tenant, owner: User) -> None:
    Connection.objects.update(state=Connection.State.NEEDS_RECONNECT, state_reason="Workday said no.")
    connect(signed_in_as(owner), tenant)
    again = owner.connections.get()
    assert (again.pk, again.state, again.state_reason) == (connected.pk, "healthy", "")


@pytest.mark.attack("T11")
def test_reconnecting_as_another_worker_is_refused_with_both_names(
    connected: Connection, tenant: Tenant, owner: User
) -> None:
    page = connect(signed_in_as(owner), tenant, "colleague")
    assert page.status_code == 400
    assert "Helena Brandt" in words(page)
    assert "Kwame Adjei" in words(page)
    assert owner.connections.get().worker_name == "Helena Brandt"


@pytest.mark.attack("T11")
def test_after_disconnecting_another_worker_may_be_connected(
    connected: Connection, tenant: Tenant, owner: User, django_capture_on_commit_callbacks: object
) -> None:
    heard: list[bool] = []

    def listen(sender: object, *, same_worker: bool, **kwargs: object) -> None:
        heard.append(same_worker)

    linking.disconnect(connected, owner)
    connected_signal.connect(listen)
    try:
        with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]  # The fixture is untyped.
            connect(signed_in_as(owner), tenant, "colleague")
    finally:
        connected_signal.disconnect(listen)
    assert owner.connections.get().worker_name == "Kwame Adjei"
    assert heard == [False]


@pytest.mark.attack("T11")
def test_a_worker_who_is_connected_cannot_be_connected_by_somebody_else(
    connected: Connection, tenant: Tenant, colleague: User
) -> None:
    page = connect(signed_in_as(colleague), tenant, "manager")
    assert page.status_code == 400
    assert "already connected by somebody else" in words(page)
    assert not colleague.connections.exists()
    assert Event.objects.filter(verb="connection.refused", actor=colleague.pk).exists()


def test_a_colleague_connects_as_another_worker(connected: Connection, tenant: Tenant, colleague: User) -> None:
    connect(signed_in_as(colleague), tenant, "colleague")
    assert colleague.connections.get().worker_name == "Kwame Adjei"


def test_denying_in_workday_is_no_error(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    answer = connect(browser, tenant, allow=False)
    assert answer.status_code == 303
    assert "You did not allow access in Workday" in words(browser.get(answer["Location"]))
    assert not owner.connections.exists()


def test_a_worker_that_workday_will_not_name_is_not_stored(
    tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    sandbox.fault("*/workers/me", "status", status=403, code="S22", times=1)
    page = connect(signed_in_as(owner), tenant)
    assert page.status_code == 400
    assert "Include Workday Owned Scope" in words(page)
    assert not owner.connections.exists()


@pytest.mark.parametrize(
    ("kind", "wish"), [("status", {"status": 503}), ("drop_before", {}), ("html", {}), ("redirect", {"status": 307})]
)
def test_bad_weather_stores_nothing_and_says_so(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, kind: str, wish: dict[str, object]
) -> None:
    sandbox.fault("*/token", kind, **wish)
    page = connect(signed_in_as(owner), tenant)
    assert page.status_code == 400
    assert "Workday could not be reached" in words(page)
    assert not owner.connections.exists()


def test_a_wrong_client_secret_is_the_administrators_to_mend(
    tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    sandbox.register(client_id="app-client", client_secret="changed", redirect_uri=tenant.redirect_uri)
    assert "Your administrator has to act" in words(connect(signed_in_as(owner), tenant))


def test_a_disabled_connection_stays_disabled(connected: Connection, tenant: Tenant, owner: User) -> None:
    Connection.objects.update(state=Connection.State.DISABLED)
    assert connect(signed_in_as(owner), tenant).status_code == 400
    assert owner.connections.get().state == Connection.State.DISABLED


def test_connecting_is_on_the_record(connected: Connection, owner: User) -> None:
    event = Event.objects.get(verb="connection.connected")
    assert (event.actor, event.subject, event.tenant) == (owner.pk, connected.pk, connected.tenant_id)


def test_an_address_that_workday_sent_elsewhere_is_not_used_twice(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    assert come_back(browser, location).status_code == 303
    assert come_back(browser, location).status_code == 400
