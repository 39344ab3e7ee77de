from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.db import connection as database
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections import oauth
from connections.models import Connection, OAuthState, Tenant
from connections.refusals import RefusalError
from tests.connections.conftest import begin, come_back, signed_in_as, words
from tests.sandbox.process import SandboxProcess
from tests.workday import consent


def token_requests(sandbox: SandboxProcess) -> int:
    return len(sandbox.ledger(path="/token"))


def callback(tenant: Tenant, **query: object) -> str:
    return f"{reverse('connections:callback', args=[tenant.key])}?{urlencode(query, doseq=True)}"


def state_of(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def assert_refused(answer: object, sandbox: SandboxProcess) -> None:
    """A plain page, nothing stored, and Workday's token endpoint never asked."""
    assert answer.status_code == 400  # type: ignore[attr-defined]  # Django's test response has no public type.
    assert token_requests(sandbox) == 0
    assert not Connection.objects.exists()


@pytest.mark.attack("T01")
def test_a_victim_who_opens_an_attackers_answer_connects_nothing(
    tenant: Tenant, owner: User, stranger: User, sandbox: SandboxProcess
) -> None:
    location = consent.answer(begin(signed_in_as(stranger), tenant))
    assert_refused(come_back(signed_in_as(owner), location), sandbox)


@pytest.mark.attack("T02")
def test_another_session_of_the_same_person_cannot_finish(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    location = consent.answer(begin(signed_in_as(owner), tenant))
    assert_refused(come_back(signed_in_as(owner), location), sandbox)


@pytest.mark.attack("T04")
def test_signing_in_again_in_between_ends_the_flow(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    browser.logout()
    browser.force_login(owner)
    assert_refused(come_back(browser, location), sandbox)
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T02")
def test_somebody_signed_out_is_told_to_start_again(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    browser.logout()
    page = come_back(browser, location)
    assert "Sign in and start again" in words(page)
    assert_refused(page, sandbox)
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T02")
def test_a_session_that_changed_hands_without_a_new_key_cannot_finish(
    tenant: Tenant, owner: User, stranger: User, sandbox: SandboxProcess
) -> None:
    browser = signed_in_as(owner)
    answer = QueryDict(urlsplit(consent.answer(begin(browser, tenant))).query)
    with pytest.raises(RefusalError):
        oauth.complete(stranger, browser.session.session_key or "", answer, tenant.key)
    assert token_requests(sandbox) == 0


@pytest.mark.attack("T10")
def test_an_old_state_is_refused(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_oauthstate SET created_at = created_at - interval '11 minutes'")
    assert_refused(come_back(browser, location), sandbox)


@pytest.mark.attack("T05")
@pytest.mark.parametrize("key", ["other", None])
def test_the_answer_must_come_to_the_path_it_was_asked_for(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, key: str | None
) -> None:
    browser = signed_in_as(owner)
    query = urlsplit(consent.answer(begin(browser, tenant))).query
    path = reverse("connections:callback", args=[key] if key else [])
    assert_refused(browser.get(f"{path}?{query}"), sandbox)


def test_a_tenant_with_the_shared_redirect_url_comes_back_there(
    tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    Tenant.objects.update(shared_callback=True)
    tenant.refresh_from_db()
    sandbox.register(client_id="app-client", client_secret="canary-client-secret", redirect_uri=tenant.redirect_uri)
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    assert urlsplit(location).path == "/oauth/callback"
    assert come_back(browser, location).status_code == 303


@pytest.mark.attack("T14")
@pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
def test_a_repeated_parameter_is_refused(tenant: Tenant, owner: User, sandbox: SandboxProcess, name: str) -> None:
    browser = signed_in_as(owner)
    query = parse_qs(urlsplit(consent.answer(begin(browser, tenant))).query)
    query[name] = [*query.get(name, ["x"]), "x"]
    assert_refused(browser.get(callback(tenant, **query)), sandbox)


@pytest.mark.attack("T14")
@pytest.mark.parametrize("extra", [{"code": "c", "error": "access_denied"}, {}, {"code": ""}, {"code": "a b\n"}])
def test_an_unclear_answer_is_refused(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, extra: dict[str, str]
) -> None:
    browser = signed_in_as(owner)
    assert_refused(browser.get(callback(tenant, state=state_of(begin(browser, tenant)), **extra)), sandbox)


@pytest.mark.parametrize("state", ["", "x", "a" * 43, "a" * 70000, "\x00", "'; DROP TABLE x; --"])
def test_a_made_up_state_is_refused(tenant: Tenant, owner: User, sandbox: SandboxProcess, state: str) -> None:
    assert_refused(signed_in_as(owner).get(callback(tenant, state=state, code="c")), sandbox)


@pytest.mark.attack("T14")
def test_posting_to_the_callback_is_not_allowed(tenant: Tenant, owner: User) -> None:
    assert signed_in_as(owner).post(callback(tenant, state="x", code="c")).status_code == 405


@pytest.mark.attack("T05")
def test_the_right_issuer_is_accepted(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    sandbox.settings(iss=True)
    browser = signed_in_as(owner)
    assert come_back(browser, consent.answer(begin(browser, tenant))).status_code == 303


@pytest.mark.attack("T05")
def test_another_issuer_is_refused_before_the_code_is_used(
    tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    sandbox.settings(iss=True, iss_value="https://evil.test/acme")
    browser = signed_in_as(owner)
    page = come_back(browser, consent.answer(begin(browser, tenant)))
    assert "another server" in words(page)
    assert_refused(page, sandbox)


@pytest.mark.attack("T13")
@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("unauthorized_client", "Your administrator has to act"),
        ("invalid_scope", "Your administrator has to act"),
        ("temporarily_unavailable", "Workday could not be reached"),
        ("made_up", "Start again"),
    ],
)
def test_each_oauth_error_has_its_fixed_words(tenant: Tenant, owner: User, error: str, said: str) -> None:
    browser = signed_in_as(owner)
    page = browser.get(callback(tenant, state=state_of(begin(browser, tenant)), error=error))
    assert page.status_code == 400
    assert said in words(page)


@pytest.mark.attack("T17")
def test_the_answers_are_kept_nowhere_and_tell_no_referrer(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    good = come_back(browser, consent.answer(begin(browser, tenant)))
    bad = browser.get(callback(tenant, state="x", code="c"))
    signed_out = Client().get(callback(tenant, state="x", code="c"))
    for answer in (good, bad, signed_out):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
    assert "?" not in good["Location"]
