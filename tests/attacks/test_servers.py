"""Both servers do what the attack tests rely on: a whole journey, renewal with rotation, and an end to it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from accounts.models import User
from connections import grants, tokens
from connections.models import Connection, Tenant
from tests.attacks.server import CLIENT_SECRET, PEOPLE, AuthorizationServer, IndependentServer, fingerprint
from tests.connections.conftest import begin, come_back, signed_in_as

S256 = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def connected(far: AuthorizationServer, user: User, tenant: Tenant) -> Connection:
    browser = signed_in_as(user)
    assert come_back(browser, far.answer(begin(browser, tenant), "manager")).status_code == 303
    return user.connections.select_related("tenant").get()


@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_connects_as_the_worker_they_are(far: AuthorizationServer, owner: User, person: str) -> None:
    browser = signed_in_as(owner)
    location = far.answer(begin(browser, far.register()), person)
    assert come_back(browser, location).status_code == 303
    assert owner.connections.get().worker_wid == far.worker(person)


def test_the_token_request_is_seen_with_fingerprints_only(far: AuthorizationServer, owner: User) -> None:
    tenant, browser = far.register(), signed_in_as(owner)
    location = far.answer(begin(browser, tenant), "manager")
    come_back(browser, location)
    code = parse_qs(urlsplit(location).query)["code"][0]
    (seen,) = far.token_requests()
    assert (seen.grant_type, seen.code, seen.status) == ("authorization_code", fingerprint(code), 200)
    assert (seen.redirect_uri, seen.refresh_token) == (tenant.redirect_uri, "")


def test_a_person_who_denies_is_not_connected(far: AuthorizationServer, owner: User) -> None:
    browser = signed_in_as(owner)
    come_back(browser, far.answer(begin(browser, far.register()), "manager", allow=False))
    assert not owner.connections.exists()
    assert far.token_requests() == []


def test_two_tenants_of_ours_lie_at_the_same_server(far: AuthorizationServer, owner: User) -> None:
    for tenant in (far.register("one"), far.register("two")):
        browser = signed_in_as(owner)
        assert come_back(browser, far.answer(begin(browser, tenant), "manager")).status_code == 303
    assert owner.connections.count() == 2


def test_a_revoked_grant_needs_reconnecting(far: AuthorizationServer, owner: User) -> None:
    connection = connected(far, owner, far.register())
    far.revoke("manager")
    with pytest.raises(tokens.NeedsReconnect):
        tokens.bearer(connection, rejected=tokens.bearer(connection))


def test_a_renewal_brings_a_token_that_works(far: AuthorizationServer, owner: User) -> None:
    connection = connected(far, owner, far.register())
    old = tokens.bearer(connection)
    new = tokens.bearer(connection, rejected=old)
    assert new.reveal() != old.reveal()
    assert whoami(far, new.reveal()) == 200


def test_an_independent_server_ends_the_family_of_a_token_that_comes_twice(
    independent_server: IndependentServer, owner: User
) -> None:
    connection = connected(independent_server, owner, independent_server.register())
    old = grants.refresh_token(connection)
    newest = tokens.bearer(connection, rejected=tokens.bearer(connection))
    assert old
    form = {"grant_type": "refresh_token", "refresh_token": old.reveal()}
    assert asked(connection.tenant, form) == (400, "invalid_grant")
    assert whoami(independent_server, newest.reveal()) == 401


def test_an_independent_server_insists_on_pkce(independent_server: IndependentServer) -> None:
    tenant = independent_server.register()
    location = independent_server.answer(asking(tenant), "manager")
    assert parse_qs(urlsplit(location).query)["error"] == ["invalid_request"]


def test_an_independent_server_refuses_a_wrong_verifier(independent_server: IndependentServer) -> None:
    tenant = independent_server.register()
    challenge = f"&code_challenge={S256}&code_challenge_method=S256"
    location = independent_server.answer(asking(tenant) + challenge, "manager")
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": tenant.redirect_uri,
        "code_verifier": "w" * 43,
    }
    assert asked(tenant, form) == (400, "invalid_grant")


def test_an_independent_server_sends_the_browser_nowhere_it_does_not_know(
    independent_server: IndependentServer,
) -> None:
    tenant = independent_server.register()
    with pytest.raises(AssertionError, match="redirect_uri"):
        independent_server.answer(asking(tenant).replace("callback", "elsewhere"), "manager")


def asking(tenant: Tenant) -> str:
    return (
        f"{tenant.authorization_endpoint}?response_type=code&client_id={tenant.client_id}"
        f"&redirect_uri={tenant.redirect_uri}&state=s"
    )


def asked(tenant: Tenant, form: dict[str, str]) -> tuple[int, str]:
    """What the token endpoint says to somebody with our API client's secret: status and error."""
    answer = requests.post(tenant.token_endpoint, data=form, auth=(tenant.client_id, CLIENT_SECRET), timeout=10)
    return answer.status_code, answer.json().get("error", "")


def whoami(far: AuthorizationServer, bearer: str) -> int:
    """The status of workers/me for this token."""
    url = f"{far.url}/ccx/api/v1/acme/workers/me"
    return requests.get(url, headers={"Authorization": f"Bearer {bearer}"}, timeout=10).status_code
