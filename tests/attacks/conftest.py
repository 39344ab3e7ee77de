"""Every test that takes `far` runs against the sandbox tenant and against an independent authorization server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest
from django.conf import LazySettings

from tests.attacks.server import AuthorizationServer, SandboxServer
from tests.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture
def sandbox_server(_sandbox: SandboxProcess, settings: LazySettings, db: None) -> SandboxServer:
    _sandbox.reset()
    return SandboxServer(_sandbox, settings)


@pytest.fixture(params=["sandbox"])
def far(request: pytest.FixtureRequest) -> AuthorizationServer:
    return cast(AuthorizationServer, request.getfixturevalue(f"{request.param}_server"))
