from __future__ import annotations

import pytest

from tests.sandbox.process import SandboxProcess
from tests.workday.conftest import REDIRECT_URI
from tests.workday.far_side import far_side, ok, says
from workday import oauth
from workday.errors import Answered, InvalidClient, Unanswered
from workday.oauth import ApiClient
from workday.secret import Secret
from workday.session import Policy, Session

ANSWER = b'{"access_token": "a", "refresh_token": "canary-unasked", "token_type": "Bearer"}'


@pytest.fixture
def mapped(api_client: ApiClient, sandbox: SandboxProcess) -> ApiClient:
    """The API client, registered for integrations and so mapped to the ISU."""
    secret = api_client.client_secret.reveal()
    sandbox.register(
        client_id=api_client.client_id, client_secret=secret, redirect_uri=REDIRECT_URI, kind="integrations"
    )
    return api_client


def test_the_api_client_alone_gets_an_access_token(
    session: Session, mapped: ApiClient, sandbox: SandboxProcess
) -> None:
    grant = oauth.client_credentials(session, mapped)
    assert grant.access_token
    assert (grant.refresh_token, grant.expires_in) == (None, 3600)
    assert sandbox.ledger(path="/token")[-1]["body"] == {"grant_type": "client_credentials"}


def test_a_client_that_is_not_mapped_is_told_from_one_that_is_unknown(
    session: Session, api_client: ApiClient, mapped: ApiClient, sandbox: SandboxProcess
) -> None:
    wrong = ApiClient(mapped.client_id, Secret("no"), mapped.authorization_endpoint, mapped.token_endpoint)
    with pytest.raises(InvalidClient) as unknown:
        oauth.client_credentials(session, wrong)
    sandbox.register(client_id=mapped.client_id, client_secret=mapped.client_secret.reveal(), redirect_uri=REDIRECT_URI)
    with pytest.raises(InvalidClient) as unmapped:
        oauth.client_credentials(session, mapped)
    assert (unknown.value.code, unmapped.value.code) == ("invalid_client", "unauthorized_client")


@pytest.mark.parametrize(("kind", "expected"), [("rate_limit", Answered), ("drop_before", Unanswered)])
def test_bad_weather_is_told_as_such(
    session: Session, mapped: ApiClient, sandbox: SandboxProcess, kind: str, expected: type[Exception]
) -> None:
    sandbox.fault("*/token", kind, times=1)
    with pytest.raises(expected):
        oauth.client_credentials(session, mapped)


def test_a_refresh_token_that_nobody_asked_for_is_dropped_and_the_secret_stays_in_the_header() -> None:
    with far_side(says(ok(ANSWER, b"Content-Type: application/json"))) as far:
        client = ApiClient("id", Secret("canary-secret"), f"{far.url}/acme/authorize", f"{far.url}/token")
        with Session(Policy((), (far.url,))) as session:
            grant = oauth.client_credentials(session, client)
    assert grant.refresh_token is None
    heard = b"".join(far.requests)
    assert b"Authorization: Basic " in heard
    assert b"canary" not in heard
