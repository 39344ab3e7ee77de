from __future__ import annotations

import re

import requests

from tests.sandbox.api_client import REDIRECT_URI, ApiClient, Person
from tests.sandbox.process import SandboxProcess


def _post(process: SandboxProcess, **form: str) -> requests.Response:
    return requests.post(f"{process.url}/", data=form, timeout=10)


def _shown(page: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt><dd><code>([^<]+)</code>", page)
    assert found, page
    return found[1]


def test_the_start_page_names_the_three_endpoints(sandbox_tenant: SandboxProcess) -> None:
    page = requests.get(f"{sandbox_tenant.url}/", timeout=10)
    assert page.status_code == 200
    assert _shown(page.text, "Workday REST API Endpoint") == f"{sandbox_tenant.url}/ccx/api/v1/acme"
    assert _shown(page.text, "Token Endpoint") == f"{sandbox_tenant.url}/ccx/oauth2/acme/token"
    assert _shown(page.text, "Authorization Endpoint") == f"{sandbox_tenant.url}/acme/authorize"
    assert "Tomasz Wiśniewski" in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_style_sheet_is_there(sandbox_tenant: SandboxProcess) -> None:
    page = requests.get(f"{sandbox_tenant.url}/", timeout=10).text
    links = re.findall(r'(?:href|src)="([^"]+)"', page)
    assert links == ["/_sandbox/static/sandbox.css"]
    assert requests.get(sandbox_tenant.url + links[0], timeout=10).headers["Content-Type"].startswith("text/css")


def test_a_registered_client_works_and_its_secret_is_shown_once(sandbox_tenant: SandboxProcess) -> None:
    form = {"tenant": "acme", "name": "My app <1>", "redirect_uri": REDIRECT_URI, "kind": "authorization_code"}
    page = _post(sandbox_tenant, act="register", **form).text
    client = ApiClient(sandbox_tenant, "acme", _shown(page, "Client ID"), _shown(page, "Client Secret"))
    assert client.person().inbox()["total"] == 127
    later = requests.get(f"{sandbox_tenant.url}/", timeout=10).text
    assert client.client_id in later
    assert client.secret not in later
    assert "My app &lt;1&gt;" in later


def test_a_refresh_token_of_the_isu_can_be_generated(sandbox_client: ApiClient) -> None:
    form = {"tenant": "acme", "client_id": sandbox_client.client_id, "act": "isu_token"}
    token = _shown(_post(sandbox_client.process, **form).text, "Refresh Token")
    access_token = sandbox_client.refresh(token).json()["access_token"]
    assert Person(sandbox_client.process, "acme", access_token).inbox()["total"] == 3


def test_a_form_that_is_wrong_is_explained(sandbox_tenant: SandboxProcess) -> None:
    form = {"act": "register", "tenant": "acme", "kind": "authorization_code"}
    answer = _post(sandbox_tenant, **form, redirect_uri="nonsense")
    assert answer.status_code == 400
    assert "absolute redirect_uri" in answer.text
    assert _post(sandbox_tenant, act="register", tenant="nowhere").status_code == 400
    assert _post(sandbox_tenant, act="isu_token", tenant="acme", client_id="x").status_code == 400


def test_another_sites_page_cannot_register(sandbox_tenant: SandboxProcess) -> None:
    form, headers = {"act": "register", "tenant": "acme"}, {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{sandbox_tenant.url}/", data=form, headers=headers, timeout=10)
    assert answer.status_code == 403


def test_the_place_of_workday_says_that_it_is_not(sandbox_tenant: SandboxProcess) -> None:
    page = requests.get(f"{sandbox_tenant.url}/acme/d/home.htmld", timeout=10)
    assert page.status_code == 200
    assert "Here would be Workday" in page.text
    assert requests.get(f"{sandbox_tenant.url}/nowhere/d/home.htmld", timeout=10).status_code == 404


def test_the_health_check_says_ok(sandbox_tenant: SandboxProcess) -> None:
    answer = requests.get(f"{sandbox_tenant.url}/healthz", timeout=10)
    assert (answer.status_code, answer.text) == (200, "ok")
