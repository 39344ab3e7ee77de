"""Every test that takes `far` runs against the sandbox tenant and against an independent authorization server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import NoReturn, cast

import pytest
from django.conf import LazySettings

from dev.node import Unavailable
from tests.attacks.independent import IndependentProcess
from tests.attacks.server import AuthorizationServer, IndependentServer, SandboxServer
from tests.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def _sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as process:
        yield process


@pytest.fixture(scope="session")
def _independent() -> Iterator[IndependentProcess]:
    process = IndependentProcess()
    try:
        process.start()
    except Unavailable as reason:
        go_without(reason)
    yield process
    process.stop()


def go_without(reason: Unavailable) -> NoReturn:
    """Where the server cannot be had its tests are skipped, but where CI=true they fail."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"no independent server: {reason}")
    pytest.skip(f"no independent server: {reason}")


@pytest.fixture
def sandbox_server(_sandbox: SandboxProcess, settings: LazySettings, db: None) -> SandboxServer:
    _sandbox.reset()
    return SandboxServer(_sandbox, settings)


@pytest.fixture
def independent_server(_independent: IndependentProcess, settings: LazySettings, db: None) -> IndependentServer:
    _independent.reset()
    return IndependentServer(_independent, settings)


@pytest.fixture(params=["sandbox", "independent"])
def far(request: pytest.FixtureRequest) -> AuthorizationServer:
    return cast(AuthorizationServer, request.getfixturevalue(f"{request.param}_server"))
