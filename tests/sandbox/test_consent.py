from __future__ import annotations

import pytest

from tests.sandbox.api_client import REDIRECT_URI, ApiClient, challenge, sent_back
from tests.sandbox.process import SandboxProcess


def test_the_page_offers_people_and_two_buttons(sandbox_client: ApiClient) -> None:
    page = sandbox_client.ask()
    assert page.status_code == 200
    assert "not Workday" in page.text
    assert "Helena Brandt" in page.text
    assert "Director, Operations" in page.text
    assert ">Allow<" in page.text
    assert ">Deny<" in page.text


def test_the_page_does_not_offer_the_isu(sandbox_client: ApiClient) -> None:
    assert "Integration System User" not in sandbox_client.ask().text


def test_allow_sends_a_code_and_the_state_back(sandbox_client: ApiClient) -> None:
    answer = sandbox_client.consent(state="my state&more")
    assert answer.headers["Location"].startswith(f"{REDIRECT_URI}?")
    assert set(sent_back(answer)) == {"code", "state"}
    assert sent_back(answer)["state"] == "my state&more"


def test_deny_sends_access_denied_and_the_state_back(sandbox_client: ApiClient) -> None:
    assert sent_back(sandbox_client.consent(answer="deny")) == {"error": "access_denied", "state": "s1"}


def test_allow_without_a_person_asks_again(sandbox_client: ApiClient) -> None:
    answer = sandbox_client.consent(worker="nobody")
    assert answer.status_code == 400
    assert "Choose who you are" in answer.text


@pytest.mark.parametrize(
    "redirect_uri",
    [
        REDIRECT_URI + "/",
        REDIRECT_URI.replace("http:", "https:"),
        REDIRECT_URI.upper(),
        REDIRECT_URI.replace("oauth", "OAuth"),
        REDIRECT_URI + "?x=1",
        "http://127.0.0.1:9/",
        None,
    ],
)
def test_a_redirect_uri_that_is_not_equal_ends_on_a_page_here(
    sandbox_client: ApiClient, redirect_uri: str | None
) -> None:
    for answer in (
        sandbox_client.ask(redirect_uri=redirect_uri),
        sandbox_client.consent(redirect_uri=redirect_uri),
    ):
        assert answer.status_code == 400
        assert answer.headers["Content-Type"].startswith("text/html")
        assert "Location" not in answer.headers


@pytest.mark.parametrize("client_id", ["unknown", None])
def test_an_unknown_client_ends_on_a_page_here(sandbox_client: ApiClient, client_id: str | None) -> None:
    answer = sandbox_client.ask(client_id=client_id)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


@pytest.mark.parametrize("response_type", [["code", "code"], ["code", "token"], None])
def test_a_response_type_that_is_not_one_is_rejected(
    sandbox_client: ApiClient, response_type: list[str] | None
) -> None:
    assert sandbox_client.consent(response_type=response_type).status_code == 400


def test_another_response_type_is_sent_back_as_an_error(sandbox_client: ApiClient) -> None:
    assert sent_back(sandbox_client.ask(response_type="token"))["error"] == "unsupported_response_type"


def test_an_unknown_tenant_has_no_page(sandbox_client: ApiClient) -> None:
    sandbox_client.tenant = "nowhere"
    assert sandbox_client.ask().status_code == 404


def test_a_client_of_one_tenant_is_unknown_at_another(sandbox_client: ApiClient) -> None:
    sandbox_client.tenant = "beacon"
    assert sandbox_client.ask().status_code == 400


def test_a_client_for_integrations_has_no_consent(sandbox_client: ApiClient) -> None:
    process = sandbox_client.process
    client_id, _ = process.register(kind="integrations", name="Integration")
    assert sandbox_client.ask(client_id=client_id).status_code == 400


@pytest.mark.parametrize("switch", ["client", "tenant"])
def test_pkce_is_demanded_when_it_is_marked(sandbox_tenant: SandboxProcess, switch: str) -> None:
    wish = {"redirect_uri": REDIRECT_URI, "pkce": switch == "client"}
    client = ApiClient(sandbox_tenant, "acme", *sandbox_tenant.register(**wish))
    sandbox_tenant.settings(pkce_required=switch == "tenant")
    assert sent_back(client.ask())["error"] == "invalid_request"
    assert client.ask(code_challenge=challenge(), code_challenge_method="S256").status_code == 200


@pytest.mark.parametrize("method", ["plain", None])
def test_only_s256_is_known(sandbox_client: ApiClient, method: str | None) -> None:
    answer = sandbox_client.ask(code_challenge=challenge(), code_challenge_method=method)
    assert sent_back(answer)["error"] == "invalid_request"


def test_the_issuer_is_sent_when_the_tenant_is_switched_to(sandbox_client: ApiClient) -> None:
    process = sandbox_client.process
    process.settings(iss=True)
    assert sent_back(sandbox_client.consent())["iss"] == f"{process.url}/acme"
    assert sent_back(sandbox_client.consent(answer="deny"))["iss"] == f"{process.url}/acme"
    process.settings(iss_value="https://evil.example")
    assert sent_back(sandbox_client.consent())["iss"] == "https://evil.example"


def test_the_page_loads_nothing_from_elsewhere(sandbox_client: ApiClient) -> None:
    page = sandbox_client.ask()
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
