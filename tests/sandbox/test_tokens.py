from __future__ import annotations

import re

import pytest
import requests

from tests.sandbox.api_client import REDIRECT_URI, VERIFIER, ApiClient, Person, challenge
from tests.sandbox.process import SandboxProcess


def _refused(answer: requests.Response, status: int, error: str) -> bool:
    return answer.status_code == status and answer.json() == {"error": error}


def test_a_code_gives_tokens(sandbox_client: ApiClient) -> None:
    answer = sandbox_client.redeem(sandbox_client.code())
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    tokens = answer.json()
    assert set(tokens) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert re.fullmatch("[a-z0-9]{25}", tokens["access_token"])
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600


def test_the_token_acts_as_the_person_who_consented(sandbox_client: ApiClient) -> None:
    me = sandbox_client.person("employee").get("workers/me").json()
    assert me["descriptor"] == "Tomasz Wiśniewski"


def test_a_code_can_be_used_once_and_the_second_use_revokes(sandbox_client: ApiClient) -> None:
    code = sandbox_client.code()
    tokens = sandbox_client.redeem(code).json()
    person = Person(sandbox_client.process, "acme", tokens["access_token"])
    assert person.get("workers/me").status_code == 200
    assert _refused(sandbox_client.redeem(code), 400, "invalid_grant")
    assert person.get("workers/me").status_code == 401
    assert _refused(sandbox_client.refresh(tokens["refresh_token"]), 400, "invalid_grant")


def test_a_made_up_code_is_refused(sandbox_client: ApiClient) -> None:
    assert _refused(sandbox_client.redeem("made-up"), 400, "invalid_grant")


def test_the_redirect_uri_must_be_the_same_again(sandbox_client: ApiClient) -> None:
    code = sandbox_client.code()
    sandbox_client.redirect_uri = REDIRECT_URI + "/"
    assert _refused(sandbox_client.redeem(code), 400, "invalid_grant")


def test_a_code_of_another_client_is_refused(sandbox_client: ApiClient) -> None:
    code = sandbox_client.code()
    other = sandbox_client.process.register(redirect_uri=REDIRECT_URI)
    assert _refused(ApiClient(sandbox_client.process, "acme", *other).redeem(code), 400, "invalid_grant")


def test_the_right_verifier_is_accepted_and_a_wrong_one_is_not(sandbox_client: ApiClient) -> None:
    asked = {"code_challenge": challenge(), "code_challenge_method": "S256"}
    code = sandbox_client.code(**asked)
    assert _refused(sandbox_client.redeem(code, code_verifier="w" * 64), 400, "invalid_grant")
    assert _refused(sandbox_client.redeem(code), 400, "invalid_request")
    assert sandbox_client.redeem(code, code_verifier=VERIFIER).status_code == 200


def test_a_verifier_without_a_challenge_is_let_through(sandbox_client: ApiClient) -> None:
    assert sandbox_client.redeem(sandbox_client.code(), code_verifier=VERIFIER).status_code == 200


def test_the_client_may_authenticate_in_the_body(sandbox_client: ApiClient) -> None:
    form = {
        "grant_type": "authorization_code",
        "code": sandbox_client.code(),
        "redirect_uri": REDIRECT_URI,
        "client_id": sandbox_client.client_id,
        "client_secret": sandbox_client.secret,
        "response_code": "an unknown key",
        "scope": "openid workday:read",
    }
    assert requests.post(sandbox_client.token_url, data=form, timeout=10).status_code == 200


@pytest.mark.parametrize("where", ["basic", "body"])
@pytest.mark.parametrize("wrong", ["client_id", "secret"])
def test_a_client_that_is_not_itself_is_refused(sandbox_client: ApiClient, where: str, wrong: str) -> None:
    form = {"grant_type": "authorization_code", "code": sandbox_client.code(), "redirect_uri": REDIRECT_URI}
    setattr(sandbox_client, wrong, "wrong")
    name, secret = sandbox_client.client_id, sandbox_client.secret
    if where == "basic":
        answer = requests.post(sandbox_client.token_url, data=form, auth=(name, secret), timeout=10)
    else:
        form |= {"client_id": name, "client_secret": secret}
        answer = requests.post(sandbox_client.token_url, data=form, timeout=10)
    assert _refused(answer, 401, "invalid_client")


def test_other_grants_are_not_supported(sandbox_client: ApiClient) -> None:
    assert _refused(sandbox_client.token(grant_type="password"), 400, "unsupported_grant_type")
    assert _refused(sandbox_client.token(grant_type="", scope="x"), 400, "unsupported_grant_type")


def test_only_a_form_in_the_body_counts(sandbox_client: ApiClient) -> None:
    asked = {"grant_type": "authorization_code", "code": sandbox_client.code(), "redirect_uri": REDIRECT_URI}
    auth = (sandbox_client.client_id, sandbox_client.secret)
    in_json = requests.post(sandbox_client.token_url, json=asked, auth=auth, timeout=10)
    in_query = requests.post(sandbox_client.token_url, params=asked, auth=auth, timeout=10)
    assert _refused(in_json, 400, "invalid_request")
    assert _refused(in_query, 400, "invalid_request")
    assert requests.get(sandbox_client.token_url, auth=auth, timeout=10).status_code == 405


def test_an_access_token_expires(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(access_token_seconds=0)
    answer = sandbox_client.person().get("workers/me")
    assert answer.status_code == 401
    assert answer.json() == {"error": "Invalid Access Token"}


def test_the_response_can_be_without_expiry_and_with_another_casing(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(expires_in=False, token_type="bearer")
    tokens = sandbox_client.tokens()
    assert "expires_in" not in tokens
    assert tokens["token_type"] == "bearer"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Token", "Basic"])
def test_the_scheme_is_spelled_bearer_with_a_capital(sandbox_client: ApiClient, scheme: str) -> None:
    token = sandbox_client.tokens()["access_token"]
    answer = Person(sandbox_client.process, "acme", token, scheme).get("workers/me")
    assert answer.status_code == 401
    assert answer.json() == {"error": "Unauthorized"}


def test_a_token_of_one_tenant_is_nothing_at_another(sandbox_client: ApiClient) -> None:
    token = sandbox_client.tokens()["access_token"]
    assert Person(sandbox_client.process, "beacon", token).get("workers/me").status_code == 401


def test_a_client_can_be_registered_again_with_the_same_id_and_secret(sandbox_tenant: SandboxProcess) -> None:
    wish = {"client_id": "twice", "client_secret": "secret-twice", "redirect_uri": REDIRECT_URI}
    first = ApiClient(sandbox_tenant, "acme", *sandbox_tenant.register(**wish))
    refresh_token = first.tokens()["refresh_token"]
    sandbox_tenant.register(**wish)
    assert first.refresh(refresh_token).status_code == 200


def test_codes_and_tokens_can_be_made_to_be_found(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(secrets_begin_with="canary")
    code = sandbox_client.code()
    tokens = sandbox_client.redeem(code).json()
    assert all(secret.startswith("canary") for secret in (code, tokens["access_token"], tokens["refresh_token"]))
