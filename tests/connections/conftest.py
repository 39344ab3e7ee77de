"""A tenant whose Workday is the real sandbox process, and the way through its consent page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections import tenants
from connections.models import Connection, Tenant
from tests.sandbox.process import SandboxProcess
from tests.workday import consent
from workday.secret import Secret

CLIENT_SECRET = "canary-client-secret"
NEW_SECRET = "canary-of-the-new-client"
Connect = Callable[..., Any]


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox(_sandbox: SandboxProcess, settings: LazySettings) -> SandboxProcess:
    _sandbox.reset()
    settings.WORKDAY_PLAIN_ORIGINS = [_sandbox.url]
    return _sandbox


@pytest.fixture
def tenant(sandbox: SandboxProcess, db: None) -> Tenant:
    tenant = Tenant(
        key="acme",
        name="Acme",
        environment=Tenant.Environment.SANDBOX,
        rest_endpoint=f"{sandbox.url}/ccx/api/v1/acme",
        authorization_endpoint=f"{sandbox.url}/acme/authorize",
        token_endpoint=f"{sandbox.url}/ccx/oauth2/acme/token",
        client_id="app-client",
    )
    tenants.set_client_secret(tenant, Secret(CLIENT_SECRET))
    tenant.save()
    sandbox.register(client_id="app-client", client_secret=CLIENT_SECRET, redirect_uri=tenant.redirect_uri, pkce=True)
    return tenant


def signed_in_as(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="session")
def _elsewhere() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def elsewhere(
    _elsewhere: SandboxProcess, sandbox: SandboxProcess, tenant: Tenant, settings: LazySettings
) -> SandboxProcess:
    """Another Workday, at another address, which knows the API client under another secret."""
    _elsewhere.reset()
    settings.WORKDAY_PLAIN_ORIGINS = [sandbox.url, _elsewhere.url]
    _elsewhere.register(client_id="app-client", client_secret=NEW_SECRET, redirect_uri=tenant.redirect_uri, pkce=True)
    return _elsewhere


@pytest.fixture
def other(db: None) -> User:
    return User.objects.create_user("second@example.test", name="Bea Second", is_administrator=True)


@pytest.fixture
def asking(administrator: User, other: User) -> Client:
    """The browser of the administrator who asks; there is another one."""
    return signed_in_as(administrator)


def begin(client: Client, tenant: Tenant) -> str:
    """Press Connect, and return the address at Workday that the browser is sent to."""
    answer = client.post(reverse("connections:connect", args=[tenant.key]))
    assert answer.status_code == 303, answer.headers
    return str(answer["Location"])


def come_back(client: Client, location: str) -> Any:
    """Open, in this browser, the address that Workday sent a browser to."""
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def connect(client: Client, tenant: Tenant, worker: str = "manager", *, allow: bool = True) -> Any:
    """The whole journey to Workday and back."""
    return come_back(client, consent.answer(begin(client, tenant), worker, allow=allow))


@pytest.fixture
def connected(tenant: Tenant, owner: User) -> Connection:
    """The owner, connected as the manager."""
    connect(signed_in_as(owner), tenant)
    return owner.connections.select_related("tenant").get()


def words(page: Any) -> str:
    """A page's text on one line."""
    return " ".join(page.content.decode().split())
