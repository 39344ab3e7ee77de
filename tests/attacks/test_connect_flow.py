"""The connect flow: what an answer is worth that somebody else got, that is old, or that comes twice."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Connection, OAuthState, Tenant
from tests.attacks.server import AuthorizationServer
from tests.connections.conftest import begin, come_back, signed_in_as, words

PASSWORD = "a quiet harbour town"


def assert_refused(page: object, far: AuthorizationServer) -> None:
    """A plain page, nothing stored, and the far side's token endpoint never asked."""
    assert page.status_code == 400  # type: ignore[attr-defined]  # Django's test response has no public type.
    assert far.token_requests() == []
    assert not Connection.objects.exists()


def changed(location: str, **changes: list[str]) -> str:
    """The address that the browser was sent back to, with other parameters."""
    parts = urlsplit(location)
    query = {**parse_qs(parts.query), **changes}
    return f"{parts.path}?{urlencode(query, doseq=True)}"


@pytest.mark.attack("T01")
def test_an_attackers_fresh_answer_connects_nothing_in_a_victims_browser(
    far: AuthorizationServer, owner: User, stranger: User
) -> None:
    location = far.answer(begin(signed_in_as(stranger), far.register()), "employee")
    assert_refused(come_back(signed_in_as(owner), location), far)


@pytest.mark.attack("T02")
@pytest.mark.parametrize("finisher", ["another person", "nobody", "the same person, newly signed in"])
def test_a_flow_that_was_begun_in_another_browser_cannot_be_finished(
    far: AuthorizationServer, owner: User, stranger: User, finisher: str
) -> None:
    location = far.answer(begin(signed_in_as(stranger), far.register()), "employee")
    browsers: dict[str, Callable[[], Client]] = {
        "another person": lambda: signed_in_as(owner),
        "nobody": Client,
        "the same person, newly signed in": lambda: signed_in_as(stranger),
    }
    assert_refused(come_back(browsers[finisher](), location), far)
    assert not OAuthState.objects.exists()


def sign_out_and_in(browser: Client, owner: User) -> None:
    browser.post(reverse("account_logout"))
    browser.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})


def change_the_password(browser: Client, owner: User) -> None:
    new = "another quiet harbour"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert browser.post(reverse("account_change_password"), form).status_code == 302


def be_deactivated(browser: Client, owner: User) -> None:
    User.objects.update(is_active=False)


@pytest.mark.attack("T04")
@pytest.mark.parametrize("in_between", [sign_out_and_in, change_the_password, be_deactivated])
def test_a_flow_does_not_survive_a_change_of_who_may_sign_in(
    far: AuthorizationServer, owner: User, in_between: Callable[[Client, User], None]
) -> None:
    owner.set_password(PASSWORD)
    owner.save()
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    in_between(browser, owner)
    assert_refused(come_back(browser, location), far)
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T08")
def test_a_code_without_its_flows_verifier_is_worth_nothing(far: AuthorizationServer, owner: User) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    OAuthState.objects.update(code_verifier="w" * 64)
    page = come_back(browser, location)
    assert "no longer accepted this answer" in words(page)
    assert [asked.status for asked in far.token_requests()] == [400]
    assert not Connection.objects.exists()


@pytest.mark.attack("T10")
def test_an_answer_connects_once(far: AuthorizationServer, owner: User) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    assert [come_back(browser, location).status_code for _ in range(3)] == [303, 400, 400]
    assert len(far.token_requests()) == 1
    assert Connection.objects.count() == 1


@pytest.mark.attack("T10")
@pytest.mark.parametrize("seconds", [11 * 60, 24 * 60 * 60])
def test_an_answer_that_nobody_used_in_time_is_worth_nothing(
    far: AuthorizationServer, owner: User, seconds: int
) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    grow_older(seconds)
    assert_refused(come_back(browser, location), far)
    assert not OAuthState.objects.exists()


def grow_older(seconds: int) -> None:
    OAuthState.objects.update(created_at=F("created_at") - datetime.timedelta(seconds=seconds))


@pytest.mark.attack("T11")
def test_a_worker_who_is_connected_is_refused_to_everybody_else(
    far: AuthorizationServer, owner: User, colleague: User
) -> None:
    tenant = far.register()
    for user in (owner, colleague):
        browser = signed_in_as(user)
        page = come_back(browser, far.answer(begin(browser, tenant), "manager"))
    assert page.status_code == 400
    assert "already connected by somebody else" in words(page)
    assert Connection.objects.get().user == owner
    assert Event.objects.get(verb="connection.refused").actor == colleague.pk


@pytest.mark.attack("T11")
def test_reconnecting_as_another_worker_changes_nothing(far: AuthorizationServer, owner: User) -> None:
    tenant, browser = far.register(), signed_in_as(owner)
    come_back(browser, far.answer(begin(browser, tenant), "manager"))
    before = Connection.objects.values().get()
    page = come_back(browser, far.answer(begin(browser, tenant), "employee"))
    assert page.status_code == 400
    assert "disconnect first" in words(page)
    assert Connection.objects.values().get() == before
    assert before["worker_wid"] == far.worker("manager")


@pytest.mark.attack("T14")
@pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
def test_a_parameter_that_comes_twice_is_refused(far: AuthorizationServer, owner: User, name: str) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    values = parse_qs(urlsplit(location).query).get(name, ["x"])
    assert_refused(browser.get(changed(location, **{name: values * 2})), far)


@pytest.mark.attack("T14")
@pytest.mark.parametrize(
    "odd",
    [
        {"error": ["access_denied"]},
        {"error": [""]},
        {"code": []},
        {"code": [""]},
        {"code": ["two words"]},
        {"code": ["c" * 4097]},
        {"state": []},
        {"state": [""]},
        {"iss": [""]},
    ],
    ids=lambda odd: " ".join(f"{name}={str(value)[:20]}" for name, value in odd.items()),
)
def test_an_odd_answer_is_refused(far: AuthorizationServer, owner: User, odd: dict[str, list[str]]) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    assert_refused(browser.get(changed(location, **odd)), far)


@pytest.mark.attack("T14")
@pytest.mark.parametrize("method", ["post", "put", "delete", "head", "options"])
def test_the_callback_knows_one_method(far: AuthorizationServer, owner: User, method: str) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), "manager")
    assert getattr(browser, method)(changed(location)).status_code == 405
    assert far.token_requests() == []


@pytest.mark.attack("T15")
def test_both_requests_carry_the_one_registered_redirect_url(far: AuthorizationServer, owner: User) -> None:
    tenant, browser = far.register(), signed_in_as(owner)
    url = begin(browser, tenant)
    come_back(browser, far.answer(url, "manager"))
    asked = parse_qs(urlsplit(url).query)["redirect_uri"]
    assert [*asked, *(each.redirect_uri for each in far.token_requests())] == [tenant.redirect_uri] * 2


@pytest.mark.attack("T05")
@pytest.mark.parametrize("required", [True, False])
@pytest.mark.parametrize("issuer", ["https://evil.test/acme", "HTTPS://EVIL.TEST", "", "null"])
def test_an_answer_of_another_issuer_is_refused(
    far: AuthorizationServer, owner: User, issuer: str, required: bool
) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register(iss_required=required)), "manager")
    assert_refused(browser.get(changed(location, iss=[issuer])), far)


@pytest.mark.attack("T05")
def test_an_answer_without_an_issuer_is_refused_where_there_is_always_one(
    far: AuthorizationServer, owner: User
) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register(iss_required=True)), "manager")
    page = browser.get(changed(location, iss=[]))
    assert "did not say which server it came from" in words(page)
    assert_refused(page, far)


@pytest.mark.attack("T05")
def test_the_tenants_own_issuer_is_accepted(far: AuthorizationServer, owner: User) -> None:
    browser, tenant = signed_in_as(owner), far.register(iss_required=True)
    location = far.answer(begin(browser, tenant), "manager")
    assert browser.get(changed(location, iss=[issuer_of(tenant)])).status_code == 303


def issuer_of(tenant: Tenant) -> str:
    return tenant.authorization_endpoint.removesuffix("/authorize")
