"""Connecting people to a running sandbox tenant, over HTTP, as their browsers would."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qs, urlsplit

import requests

from accounts.models import User
from connections import clients, linking, tenants
from connections.models import Connection, Tenant
from tests.sandbox.process import SandboxProcess
from workday import oauth
from workday.client import Workday
from workday.secret import Secret

CLIENT = {
    "tenant": "acme",
    "client_id": "countersign-tests",
    "client_secret": "a-made-up-client-secret",
    "redirect_uri": "http://127.0.0.1:8000/oauth/callback/acme",
    "name": "Countersign tests",
    "kind": "authorization_code",
    "pkce": True,
}


def register(far: SandboxProcess, actor: User) -> Tenant:
    """The sandbox's big company, registered as an administrator would."""
    tenant = Tenant(
        key="acme",
        name="Acme",
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint=f"{far.url}/ccx/api/v1/acme",
        authorization_endpoint=f"{far.url}/acme/authorize",
        token_endpoint=f"{far.url}/ccx/oauth2/acme/token",
        client_id=str(CLIENT["client_id"]),
    )
    tenants.register(tenant, Secret(str(CLIENT["client_secret"])), actor)
    return tenant


def allow(url: str, person: str) -> dict[str, str]:
    """Choose a person on the consent page and press Allow; what the browser is sent back with."""
    answer = requests.post(url, data={"worker": person, "answer": "allow"}, allow_redirects=False, timeout=10)
    assert answer.status_code in (302, 303), answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def connect(user: User, tenant: Tenant, person: str) -> Connection:
    """A connection of this user that acts as that worker of the sandbox's company."""
    client, verifier = clients.api_client(tenant), secrets.token_urlsafe(48)
    with clients.new_session() as session:
        url = oauth.authorization_url(
            session, client, redirect_uri=tenant.redirect_uri, state="test", code_verifier=verifier
        )
        code = Secret(allow(url, person)["code"])
        grant = oauth.exchange(session, client, code=code, redirect_uri=tenant.redirect_uri, code_verifier=verifier)
        worker = Workday(session, tenant.rest_endpoint, grant.access_token).me()
    return linking.store_person(user, tenant, grant, worker)
