"""A token endpoint that redirects, hangs or floods; and PKCE, which is never done without."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings

from accounts.models import User
from connections import oauth
from connections.models import Connection, OAuthState, Tenant
from tests.connections.conftest import begin, come_back, connect, signed_in_as, words
from tests.sandbox.process import SandboxProcess
from tests.workday import consent
from tests.workday.far_side import far_side, ok, says
from workday import oauth as wire

ROOT = Path(__file__).resolve().parents[2]


def assert_unreachable(page: object, sandbox: SandboxProcess) -> None:
    """One token request, plain words, and nothing stored."""
    assert "Workday could not be reached" in words(page)
    assert len(sandbox.ledger(path="/token")) == 1
    assert not Connection.objects.exists()


@pytest.mark.attack("T19")
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_the_token_endpoint_is_not_followed(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, settings: LazySettings, status: int
) -> None:
    with far_side(says(ok(b'{"access_token": "stolen", "token_type": "Bearer"}'))) as second:
        # Not even to a host that this installation may call.
        settings.WORKDAY_PLAIN_ORIGINS = [sandbox.url, second.url]
        sandbox.fault("*/token", "redirect", status=status, location=f"{second.url}/ccx/oauth2/acme/token")
        assert_unreachable(connect(signed_in_as(owner), tenant), sandbox)
    assert second.requests == []


@pytest.mark.attack("T19")
def test_a_dripping_token_endpoint_does_not_outlast_the_deadline(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert wire.TOKEN_SECONDS == 10
    monkeypatch.setattr(wire, "TOKEN_SECONDS", 0.5)
    # Left alone, it would be through in about three seconds, with a good answer.
    sandbox.fault("*/token", "drip", seconds=0.02)
    assert_unreachable(connect(signed_in_as(owner), tenant), sandbox)


@pytest.mark.attack("T19")
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_a_flood_from_the_token_endpoint_is_cut_off(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, encoding: str
) -> None:
    sandbox.fault("*/token", "huge", size=64 * 1024 * 1024, encoding=encoding)
    assert_unreachable(connect(signed_in_as(owner), tenant), sandbox)


@pytest.mark.attack("T08")
def test_a_thousand_flows_have_a_thousand_challenges(tenant: Tenant, owner: User) -> None:
    urls = [oauth.begin(owner, "k" * 32, tenant) for _ in range(1000)]
    queries = [parse_qs(urlsplit(url).query) for url in urls]
    assert len({query["code_challenge"][0] for query in queries}) == 1000
    assert len({query["state"][0] for query in queries}) == 1000
    verifiers = set(OAuthState.objects.values_list("code_verifier", flat=True))
    assert len(verifiers) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier) for verifier in verifiers)


@pytest.mark.attack("T09")
@pytest.mark.parametrize("error", ["invalid_request", "unsupported_response_type", "unauthorized_client"])
def test_a_server_that_refuses_the_challenge_is_the_administrators_to_mend(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, error: str
) -> None:
    browser = signed_in_as(owner)
    state = parse_qs(urlsplit(begin(browser, tenant)).query)["state"][0]
    page = come_back(browser, f"{tenant.redirect_uri}?state={state}&error={error}&error_description=no+S256")
    assert "Support Proof Key for Code Exchange" in words(page)
    assert sandbox.ledger(path="/authorize") == sandbox.ledger(path="/token") == []
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T09")
def test_a_refused_verifier_is_not_left_out_the_next_time(tenant: Tenant, owner: User, sandbox: SandboxProcess) -> None:
    sandbox.fault("*/token", "status", status=400, error="invalid_request")
    assert "Support Proof Key for Code Exchange" in words(connect(signed_in_as(owner), tenant))
    [asked] = sandbox.ledger(path="/token")
    assert asked["body"]["code_verifier"]
    assert not Connection.objects.exists()


@pytest.mark.attack("T09")
def test_a_server_without_pkce_still_gets_challenge_and_verifier(
    tenant: Tenant, owner: User, sandbox: SandboxProcess
) -> None:
    secret = secrets.token_hex(8)
    sandbox.register(client_id="app-client", client_secret=secret, redirect_uri=tenant.redirect_uri, pkce=False)
    browser = signed_in_as(owner)
    url = begin(browser, tenant)
    come_back(browser, consent.answer(url))
    assert parse_qs(urlsplit(url).query)["code_challenge_method"] == ["S256"]
    assert sandbox.ledger(path="/token")[0]["body"]["code_verifier"]


@pytest.mark.attack("T09")
def test_the_product_knows_one_challenge_method() -> None:
    sources = [path.read_text() for room in ("workday", "connections") for path in (ROOT / room).rglob("*.py")]
    assert {method for text in sources for method in re.findall(r'code_challenge_method\W+"(\w+)"', text)} == {"S256"}
