"""Making a check-up in a test, without its deliberate wait after a failure."""

from __future__ import annotations

import pytest

from connections.checkup import reach, running
from connections.checkup.findings import Finding
from connections.checkup.verdicts import Check, Verdict
from connections.models import Tenant


@pytest.fixture(autouse=True)
def no_padding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are only to take equally long where a test is about that."""
    monkeypatch.setattr(reach, "FAILED_SECONDS", 0.0)


def examined(tenant: Tenant) -> dict[Check, Finding]:
    """What a check-up finds now, by check; every check appears exactly once."""
    tenant.refresh_from_db()
    found = running.examine(tenant, None)
    by_check = {finding.check: finding for finding in found}
    assert len(found) == len(by_check)
    assert set(by_check) == set(Check) - {Check.RUN}
    return by_check


def verdicts(tenant: Tenant) -> dict[Check, Verdict]:
    return {check: finding.verdict for check, finding in examined(tenant).items()}
