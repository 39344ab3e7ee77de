from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from accounts.models import User
from connections.models import Connection, Tenant
from tests import far_side
from tests.inbox.isu_misuse import isu_misuses
from tests.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def far_process() -> Iterator[SandboxProcess]:
    with SandboxProcess(clients=[far_side.CLIENT]) as far:
        yield far


@pytest.fixture
def far(far_process: SandboxProcess, settings: LazySettings) -> Iterator[SandboxProcess]:
    """The sandbox tenant, back at its seed, with no faults and an empty ledger.

    Whatever a test is about: the integration system user's token never decides for a person.
    """
    settings.WORKDAY_PLAIN_ORIGINS = [far_process.url]
    settings.UNDO_SECONDS = 0
    far_process.reset()
    far_process.clear_faults()
    far_process.clear_ledger()
    yield far_process
    assert isu_misuses(far_process) == []


@pytest.fixture
def far_tenant(far: SandboxProcess, administrator: User) -> Tenant:
    return far_side.register(far, administrator)


@pytest.fixture
def manager(far_tenant: Tenant, owner: User) -> Connection:
    """The owner, connected as the company's busiest manager."""
    return far_side.connect(owner, far_tenant, "manager")
