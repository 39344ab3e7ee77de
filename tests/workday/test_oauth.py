from __future__ import annotations

import json
import logging
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.sandbox.process import SandboxProcess
from tests.workday.conftest import REDIRECT_URI, VERIFIER, allowed_code, exchanged
from workday import oauth
from workday.errors import Answered, InvalidClient, InvalidGrant, NotSent, Unanswered, WorkdayError
from workday.oauth import ApiClient, Grant
from workday.secret import Secret
from workday.session import Answer, Policy, Session


def refused(status: int, error: str) -> WorkdayError:
    with pytest.raises(WorkdayError) as raised:
        oauth._grant(Answer(status, {}, json.dumps({"error": error, "error_description": "<b>x</b>"}).encode()))
    return raised.value


@pytest.mark.attack("T08")
def test_the_authorization_url_carries_state_and_an_s256_challenge_and_no_secret(
    session: Session, api_client: ApiClient, sandbox: SandboxProcess
) -> None:
    url = oauth.authorization_url(session, api_client, redirect_uri=REDIRECT_URI, state="abc", code_verifier=VERIFIER)
    assert url.startswith(f"{sandbox.url}/acme/authorize?")
    query = {name: values for name, values in parse_qs(urlsplit(url).query).items() if name != "code_challenge"}
    assert query == {
        "response_type": ["code"],
        "client_id": ["wire-client"],
        "redirect_uri": [REDIRECT_URI],
        "state": ["abc"],
        "code_challenge_method": ["S256"],
    }


def test_a_code_becomes_a_grant(grant: Grant) -> None:
    assert grant.access_token
    assert grant.refresh_token
    assert grant.expires_in == 3600


def test_the_client_identifies_itself_by_basic_auth_alone(session: Session, api_client: ApiClient) -> None:
    class Seen(Exception):
        pass

    class Watch(Session):
        def deliver(self, request, seconds, most=0):  # type: ignore[no-untyped-def]  # Only the request matters here.
            assert request.headers["Authorization"].startswith("Basic ")
            assert b"secret" not in request.body.encode()
            raise Seen

    with Watch(session.policy) as watch, pytest.raises(Seen):
        oauth.refresh(watch, api_client, Secret("r"))


@pytest.mark.attack("T08")
def test_a_wrong_verifier_gets_nothing(session: Session, api_client: ApiClient) -> None:
    code = allowed_code(session, api_client)
    with pytest.raises(InvalidGrant):
        oauth.exchange(session, api_client, code=code, redirect_uri=REDIRECT_URI, code_verifier="w" * 64)


def test_a_code_can_be_used_once(session: Session, api_client: ApiClient) -> None:
    code = allowed_code(session, api_client)
    oauth.exchange(session, api_client, code=code, redirect_uri=REDIRECT_URI, code_verifier=VERIFIER)
    with pytest.raises(InvalidGrant):
        oauth.exchange(session, api_client, code=code, redirect_uri=REDIRECT_URI, code_verifier=VERIFIER)


@pytest.mark.parametrize(("rotation", "expected"), [("none", "absent"), ("same", "same"), ("rotate", "new")])
def test_a_refresh_tells_whether_a_new_refresh_token_came(
    session: Session, api_client: ApiClient, sandbox: SandboxProcess, rotation: str, expected: str
) -> None:
    sandbox.settings(rotation=rotation)
    kept = exchanged(session, api_client).refresh_token or Secret("")
    renewed = oauth.refresh(session, api_client, kept)
    came = renewed.refresh_token
    assert ("absent" if came is None else "same" if came == kept else "new") == expected


def test_a_revoked_grant_is_an_invalid_grant(
    session: Session, api_client: ApiClient, sandbox: SandboxProcess, grant: Grant
) -> None:
    sandbox.revoke("manager")
    with pytest.raises(InvalidGrant):
        oauth.refresh(session, api_client, grant.refresh_token or Secret(""))


def test_a_wrong_client_secret_is_an_invalid_client(session: Session, api_client: ApiClient, grant: Grant) -> None:
    wrong = ApiClient(api_client.client_id, Secret("no"), api_client.authorization_endpoint, api_client.token_endpoint)
    with pytest.raises(InvalidClient):
        oauth.refresh(session, wrong, grant.refresh_token or Secret(""))


@pytest.mark.attack("T19")
@pytest.mark.parametrize(
    ("kind", "wish", "expected"),
    [
        ("status", {"status": 500}, Answered),
        ("rate_limit", {"retry_after": "7"}, Answered),
        ("drop_before", {}, Unanswered),
        ("html", {}, Unanswered),
        ("garbage", {}, Unanswered),
        ("truncate", {}, Unanswered),
        ("redirect", {"status": 307}, Unanswered),
    ],
)
def test_bad_weather_at_the_token_endpoint_is_told_from_a_dead_grant(
    session: Session,
    api_client: ApiClient,
    sandbox: SandboxProcess,
    grant: Grant,
    kind: str,
    wish: dict[str, object],
    expected: type[WorkdayError],
) -> None:
    sandbox.fault("*/token", kind, times=1, **wish)
    with pytest.raises(expected) as raised:
        oauth.refresh(session, api_client, grant.refresh_token or Secret(""))
    assert not isinstance(raised.value, InvalidGrant | InvalidClient)


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, "invalid_grant", InvalidGrant),
        (401, "invalid_grant", InvalidGrant),
        (401, "invalid_client", InvalidClient),
        (400, "invalid_client", InvalidClient),
        (400, "unauthorized_client", InvalidClient),
        (400, "unsupported_grant_type", Answered),
        (400, "invalid_request", Answered),
        (500, "invalid_grant", Answered),
        (503, "invalid_client", Answered),
        (200, "invalid_grant", Unanswered),
    ],
)
def test_each_error_answer_has_its_class(status: int, error: str, kind: type[WorkdayError]) -> None:
    assert type(refused(status, error)) is kind


@pytest.mark.attack("T13")
def test_the_error_description_is_not_kept() -> None:
    failure = refused(400, "invalid_grant")
    assert "<b>" not in f"{failure} {failure.args} {vars(failure)}"


ODD = st.integers() | st.text("ab \n\x00", max_size=4) | st.none() | st.booleans() | st.floats()
NAMES = st.sampled_from(["access_token", "refresh_token", "token_type", "expires_in"])


@given(st.dictionaries(NAMES, ODD | st.lists(st.integers(), max_size=2)))
@pytest.mark.attack("T20")
def test_a_strange_token_answer_is_a_whole_grant_or_an_error(body: dict[str, object]) -> None:
    try:
        grant = oauth._grant(Answer(200, {}, json.dumps(body).encode()))
    except Unanswered:
        return
    assert grant.access_token
    assert grant.expires_in is None or 1 <= grant.expires_in <= 365 * 24 * 3600


@pytest.mark.attack("T20")
@pytest.mark.parametrize(
    ("sent", "kept"), [(0, None), (-5, None), ("3600", 3600), ("x", None), (10**12, None), (60, 60)]
)
def test_only_a_believable_lifetime_counts(sent: object, kept: int | None) -> None:
    body = {"access_token": "a", "token_type": "bearer", "expires_in": sent}
    assert oauth._grant(Answer(200, {}, json.dumps(body).encode())).expires_in == kept


def test_a_token_endpoint_outside_the_rules_never_hears_the_secret(api_client: ApiClient) -> None:
    with Session(Policy(("workday.com",))) as session, pytest.raises(NotSent):
        oauth.refresh(session, api_client, Secret("r"))


@pytest.mark.attack("T18")
def test_nothing_secret_is_logged_even_at_debug(
    session: Session, api_client: ApiClient, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("requests_oauthlib.oauth2_session", "oauthlib", "urllib3.connectionpool"):
        caplog.set_level(logging.DEBUG, name)
    caplog.set_level(logging.DEBUG)
    grant = exchanged(session, api_client)
    renewed = oauth.refresh(session, api_client, grant.refresh_token or Secret(""))
    for secret in (grant.access_token, grant.refresh_token, renewed.access_token, api_client.client_secret):
        assert secret is not None
        assert secret.reveal() not in caplog.text
    assert VERIFIER not in caplog.text
