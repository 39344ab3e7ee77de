"""One running sandbox for all these tests; every test begins at the seed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.api_client import REDIRECT_URI, ApiClient, Person
from tests.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def sandbox_running() -> Iterator[SandboxProcess]:
    with SandboxProcess(tenants="acme,beacon") as process:
        yield process


@pytest.fixture
def sandbox_tenant(sandbox_running: SandboxProcess) -> SandboxProcess:
    sandbox_running.reset()
    return sandbox_running


@pytest.fixture
def sandbox_client(sandbox_tenant: SandboxProcess) -> ApiClient:
    """An API client for people, without PKCE."""
    wish = {"client_id": "people-client", "client_secret": "people-secret", "redirect_uri": REDIRECT_URI}
    return ApiClient(sandbox_tenant, "acme", *sandbox_tenant.register(**wish))


@pytest.fixture
def sandbox_manager(sandbox_client: ApiClient) -> Person:
    return sandbox_client.person("manager")


@pytest.fixture
def sandbox_colleague(sandbox_client: ApiClient) -> Person:
    return sandbox_client.person("colleague")
