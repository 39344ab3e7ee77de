from __future__ import annotations

import logging
import threading
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

PAYLOADS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a\r\nSet-Cookie: x=y",
    "\u202eevil",
    "%s%n{0}{{7*7}}",
    "\ufffd\x00",
    "x" * 65536,
]


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


def test_a_victim_who_opens_an_attackers_answer_connects_nothing(
    tenant: Tenant, owner: User, stranger: User, sandbox: SandboxProcess
) -> None:
    location = consent.answer(begin(signed_in_as(stranger), tenant))
    assert_refused(come_back(signed_in_as(owner), location), sandbox)


def test_another_session_of_the_same_person_cannot_finish(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    location = consent.answer(begin(signed_in_as(owner), tenant))
    assert_refused(come_back(signed_in_as(owner), location), sandbox)


def test_signing_in_again_in_between_ends_the_flow(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    browser.logout()
    browser.force_login(owner)
    assert_refused(come_back(browser, location), sandbox)
    assert not OAuthState.objects.exists()


def test_somebody_signed_out_is_told_to_start_again(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    browser.logout()
    page = come_back(browser, location)
    assert "Sign in and start again" in words(page)
    assert_refused(page, sandbox)


def test_a_session_that_changed_hands_without_a_new_key_cannot_finish(
    tenant: Tenant, owner: User, stranger: User, sandbox: SandboxProcess
) -> None:
    browser = signed_in_as(owner)
    answer = QueryDict(urlsplit(consent.answer(begin(browser, tenant))).query)
    with pytest.raises(RefusalError):
        oauth.complete(stranger, browser.session.session_key or "", answer, tenant.key)
    assert token_requests(sandbox) == 0


def test_an_old_state_is_refused(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_oauthstate SET created_at = created_at - interval '11 minutes'")
    assert_refused(come_back(browser, location), sandbox)


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


@pytest.mark.parametrize("name", ["state", "code", "iss", "error"])
def test_a_repeated_parameter_is_refused(tenant: Tenant, owner: User, sandbox: SandboxProcess, name: str) -> None:
    browser = signed_in_as(owner)
    query = parse_qs(urlsplit(consent.answer(begin(browser, tenant))).query)
    query[name] = [*query.get(name, ["x"]), "x"]
    assert_refused(browser.get(callback(tenant, **query)), sandbox)


@pytest.mark.parametrize("extra", [{"code": "c", "error": "access_denied"}, {}, {"code": ""}, {"code": "a b\n"}])
def test_an_unclear_answer_is_refused(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, extra: dict[str, str]
) -> None:
    browser = signed_in_as(owner)
    assert_refused(browser.get(callback(tenant, state=state_of(begin(browser, tenant)), **extra)), sandbox)


@pytest.mark.parametrize("state", ["", "x", "a" * 43, "a" * 70000, "\x00", "'; DROP TABLE x; --"])
def test_a_made_up_state_is_refused(tenant: Tenant, owner: User, sandbox: SandboxProcess, state: str) -> None:
    assert_refused(signed_in_as(owner).get(callback(tenant, state=state, code="c")), sandbox)


def test_posting_to_the_callback_is_not_allowed(tenant: Tenant, owner: User) -> None:
    assert signed_in_as(owner).post(callback(tenant, state="x", code="c")).status_code == 405


def test_the_right_issuer_is_accepted(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    sandbox.settings(iss=True)
    browser = signed_in_as(owner)
    assert come_back(browser, consent.answer(begin(browser, tenant))).status_code == 303


def test_another_issuer_is_refused_before_the_code_is_used(
    tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    sandbox.settings(iss=True, iss_value="https://evil.test/acme")
    browser = signed_in_as(owner)
    page = come_back(browser, consent.answer(begin(browser, tenant)))
    assert "another server" in words(page)
    assert_refused(page, sandbox)


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("field", ["error", "error_description", "error_uri"])
def test_nothing_that_came_with_an_error_is_shown_or_logged(
    tenant: Tenant, owner: User, payload: str, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    browser = signed_in_as(owner)
    query = {"state": state_of(begin(browser, tenant)), "error": "server_error", field: payload}
    page = browser.get(callback(tenant, **query))
    assert page.status_code == 400
    assert payload not in page.content.decode()
    assert not [record for record in caplog.records if payload in record.getMessage() and "sql" not in record.name]


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


def test_the_answers_are_kept_nowhere_and_tell_no_referrer(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    good = come_back(browser, consent.answer(begin(browser, tenant)))
    bad = browser.get(callback(tenant, state="x", code="c"))
    signed_out = Client().get(callback(tenant, state="x", code="c"))
    for answer in (good, bad, signed_out):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Referrer-Policy"] == "no-referrer"
    assert "?" not in good["Location"]


def test_next_leads_nowhere(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    assert come_back(browser, f"{location}&next=//evil.test")["Location"] == reverse("connections:list")


@pytest.mark.django_db(transaction=True)
def test_of_many_identical_callbacks_one_uses_the_code(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    browser = signed_in_as(owner)
    location = consent.answer(begin(browser, tenant))
    statuses: list[int] = []

    def call() -> None:
        own = Client()
        own.cookies = browser.cookies
        statuses.append(come_back(own, location).status_code)
        database.close()

    threads = [threading.Thread(target=call) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] + [400] * 11
    assert token_requests(sandbox) == 1
    assert Connection.objects.count() == 1
