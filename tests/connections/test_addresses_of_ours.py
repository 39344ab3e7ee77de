"""Where the browser comes back to and goes on to: our own configured addresses, whatever a request says."""

from __future__ import annotations

from urllib.parse import parse_qs, quote, urljoin, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections.models import OAuthState, Tenant
from tests.connections.conftest import begin, signed_in_as
from tests.sandbox.process import SandboxProcess
from tests.workday import consent

PASSWORD = "a quiet harbour town"

SPOOFED = [
    {"X-Forwarded-Host": "evil.test"},
    {"X-Forwarded-Host": "testserver, evil.test"},
    {"X-Forwarded-Port": "666"},
    {"X-Forwarded-Proto": "gopher"},
    {"X-Forwarded-Prefix": "/evil"},
    {"X-Forwarded-Server": "evil.test"},
    {"X-Original-Host": "evil.test"},
    {"X-Original-URL": "/evil"},
    {"X-Rewrite-URL": "/evil"},
    {"X-Host": "evil.test"},
    {"Forwarded": "host=evil.test;proto=http"},
    {"Origin": "https://testserver.evil.test"},
    {"Referer": "https://evil.test/"},
    {"Host": "testserver:8443"},
    {"Host": "TESTSERVER"},
    {"Host": "testserver."},
]


@pytest.mark.attack("T15")
@pytest.mark.parametrize("headers", SPOOFED, ids=str)
def test_no_header_moves_the_redirect_url(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, headers: dict[str, str]
) -> None:
    browser = signed_in_as(owner)
    out = browser.post(reverse("connections:connect", args=[tenant.key]), headers=headers)["Location"]
    back = urlsplit(consent.answer(out))
    assert browser.get(f"{back.path}?{back.query}", headers=headers).status_code == 303
    sent = [*parse_qs(urlsplit(out).query)["redirect_uri"]]
    sent += [asked["body"]["redirect_uri"] for asked in sandbox.ledger(path="/token")]
    assert sent == [tenant.redirect_uri] * 2


@pytest.mark.attack("T15")
@pytest.mark.parametrize("host", ["evil.test", "testserver@evil.test", "testserver.evil.test", "evil.test:80", "[::1]"])
def test_a_host_that_is_not_ours_begins_nothing(tenant: Tenant, owner: User, host: str) -> None:
    url = reverse("connections:connect", args=[tenant.key])
    assert signed_in_as(owner).post(url, headers={"Host": host}).status_code == 400
    assert not OAuthState.objects.exists()


@pytest.mark.attack("T15")
@pytest.mark.parametrize(
    "path", ["/oauth/callback/acme/", "/OAUTH/callback/acme", "/oauth/callback/ACME", "/oauth//callback/acme"]
)
def test_another_spelling_of_the_redirect_path_connects_nothing(
    tenant: Tenant, owner: User, sandbox: SandboxProcess, path: str
) -> None:
    browser = signed_in_as(owner)
    back = urlsplit(consent.answer(begin(browser, tenant)))
    assert browser.get(f"{path}?{back.query}").status_code in (400, 404)
    assert sandbox.ledger(path="/token") == []


ELSEWHERE = [
    "https://evil.test/",
    "http://evil.test",
    "//evil.test",
    "///evil.test",
    "////evil.test/%2e%2e",
    "/\\evil.test",
    "\\\\evil.test",
    "/\\/evil.test",
    "\\/evil.test",
    "https:evil.test",
    "https:/evil.test",
    "https:\\evil.test",
    "http:///evil.test",
    "HTTPS://EVIL.TEST",
    "https://testserver@evil.test/",
    "https://testserver.evil.test/",
    "https://evil.test#testserver",
    "https://evil.test?testserver",
    "//testserver:pass@evil.test",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,evil",
    "\t//evil.test",
    "\n//evil.test",
    " //evil.test",
    "/\t/evil.test",
    "/%09/evil.test",
    "%2f%2fevil.test",
    "%68ttps://evil.test",
    "//evil\u3002test",
    "/\r\nLocation: https://evil.test",
    "\x00//evil.test",
]


@pytest.mark.attack("T16")
@pytest.mark.parametrize("payload", ELSEWHERE, ids=ascii)
def test_next_leads_nowhere_else(tenant: Tenant, owner: User, payload: str) -> None:
    browser, wish = signed_in_as(owner), f"next={quote(payload)}"
    begun = browser.post(f"{reverse('connections:connect', args=[tenant.key])}?{wish}", {"next": payload})
    assert begun["Location"].startswith(f"{tenant.authorization_endpoint}?")
    back = urlsplit(consent.answer(begun["Location"]))
    assert browser.get(f"{back.path}?{back.query}&{wish}")["Location"] == reverse("connections:list")


@pytest.mark.attack("T16")
@pytest.mark.parametrize("payload", ELSEWHERE, ids=ascii)
def test_neither_does_signing_in_on_the_way(owner: User, settings: LazySettings, payload: str) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    owner.set_password(PASSWORD)
    owner.save()
    form = {"login": owner.email, "password": PASSWORD, "next": payload}
    answer = Client().post(f"{reverse('account_login')}?next={quote(payload)}", form)
    assert answer.status_code == 302
    # As a browser reads it: a backslash is a slash, and what is no character is dropped.
    read = answer["Location"].replace("\\", "/").translate({ord(c): None for c in "\t\r\n"}).strip()
    assert urlsplit(urljoin("https://testserver/", read)).netloc == "testserver"
