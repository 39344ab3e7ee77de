from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.process import SandboxProcess
from tests.workday import consent
from workday import oauth
from workday.client import Workday
from workday.oauth import ApiClient, Grant
from workday.secret import Secret
from workday.session import Policy, Session

REDIRECT_URI = "http://127.0.0.1:9/oauth/callback/acme"
VERIFIER = "v" * 64


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox(_sandbox: SandboxProcess) -> SandboxProcess:
    _sandbox.reset()
    return _sandbox


@pytest.fixture
def session(sandbox: SandboxProcess) -> Iterator[Session]:
    with Session(Policy((), (sandbox.url,))) as session:
        yield session


@pytest.fixture
def api_client(sandbox: SandboxProcess) -> ApiClient:
    client_id, secret = sandbox.register(
        client_id="wire-client", client_secret="wire-secret", redirect_uri=REDIRECT_URI
    )
    return ApiClient(client_id, Secret(secret), f"{sandbox.url}/acme/authorize", f"{sandbox.url}/ccx/oauth2/acme/token")


def allowed_code(session: Session, client: ApiClient, worker: str = "manager") -> Secret:
    """An authorization code that this worker has just given."""
    url = oauth.authorization_url(session, client, redirect_uri=REDIRECT_URI, state="s", code_verifier=VERIFIER)
    return Secret(parse_qs(urlsplit(consent.answer(url, worker)).query)["code"][0])


def exchanged(session: Session, client: ApiClient, worker: str = "manager") -> Grant:
    code = allowed_code(session, client, worker)
    return oauth.exchange(session, client, code=code, redirect_uri=REDIRECT_URI, code_verifier=VERIFIER)


@pytest.fixture
def grant(session: Session, api_client: ApiClient) -> Grant:
    return exchanged(session, api_client)


@pytest.fixture
def manager(session: Session, sandbox: SandboxProcess, grant: Grant) -> Workday:
    return Workday(session, f"{sandbox.url}/ccx/api/v1/acme", grant.access_token)
