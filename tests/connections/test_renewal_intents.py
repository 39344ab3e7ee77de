"""After a renewal that never told how it ended, the person reads the true reason; and only then that one."""

from __future__ import annotations

import threading

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.db import transaction

from connections import intents
from connections.models import Connection, Tenant
from connections.tokens import NeedsReconnect, TenantTrouble, TokenError, Weather, bearer
from tests.conftest import make_decision, make_task
from tests.connections.test_tokens import expired, failure, fresh, refreshes
from tests.sandbox.process import SandboxProcess

NO_LONGER = "no longer accepts"
INTERRUPTED = "interrupted"


def note_of(connection: Connection) -> object:
    return fresh(connection).refresh_intent_at


def lose_a_rotation(connection: Connection, sandbox: SandboxProcess) -> None:
    """Workday has replaced the refresh token, and its answer never came."""
    sandbox.settings(rotation="rotate")
    sandbox.fault("*/token", "apply_then_drop", times=1)
    assert isinstance(failure(connection), Weather)
    sandbox.clear_faults()


@pytest.mark.attack("T32")
def test_who_finds_the_token_already_renewed_leaves_nothing_to_explain(
    connected: Connection, sandbox: SandboxProcess
) -> None:
    late = expired(fresh(connected))
    bearer(expired(connected))
    bearer(late)
    assert note_of(connected) is None
    sandbox.revoke("manager")
    assert NO_LONGER in failure(fresh(connected)).reason


@pytest.mark.attack("T32")
@pytest.mark.parametrize(
    ("kind", "wish"),
    [("rate_limit", {}), ("status", {"status": 400, "error": "invalid_request"}), ("status", {"status": 403})],
)
def test_a_refusal_that_changed_nothing_is_no_interruption(
    connected: Connection, sandbox: SandboxProcess, kind: str, wish: dict[str, object]
) -> None:
    sandbox.fault("*/token", kind, times=1, **wish)
    assert isinstance(failure(connected), Weather)
    assert note_of(connected) is None
    sandbox.revoke("manager")
    assert NO_LONGER in failure(fresh(connected)).reason


@pytest.mark.attack("T32")
def test_a_renewal_that_was_never_sent_is_no_interruption(
    connected: Connection, sandbox: SandboxProcess, settings: LazySettings
) -> None:
    settings.WORKDAY_PLAIN_ORIGINS = []
    assert isinstance(failure(connected), Weather)
    assert note_of(connected) is None


@pytest.mark.attack("T32")
def test_a_renewal_as_another_worker_leaves_nothing_to_explain(connected: Connection) -> None:
    stale = expired(fresh(connected))
    Connection.objects.filter(pk=connected.pk).update(worker_wid="c" * 32)
    with pytest.raises(NeedsReconnect):
        bearer(stale)
    assert note_of(connected) is None


@pytest.mark.attack("T32")
def test_an_interruption_is_not_forgotten_over_a_try_that_was_not_sent(
    connected: Connection, sandbox: SandboxProcess, settings: LazySettings
) -> None:
    lose_a_rotation(connected, sandbox)
    origins, settings.WORKDAY_PLAIN_ORIGINS = settings.WORKDAY_PLAIN_ORIGINS, []
    assert isinstance(failure(fresh(connected)), Weather)
    settings.WORKDAY_PLAIN_ORIGINS = origins
    assert INTERRUPTED in failure(fresh(connected)).reason


@pytest.mark.attack("T32")
def test_an_interruption_is_not_forgotten_over_an_api_client_in_trouble(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    lose_a_rotation(connected, sandbox)
    sandbox.fault("*/token", "status", times=1, status=401, error="invalid_client")
    assert isinstance(failure(fresh(connected)), TenantTrouble)
    assert INTERRUPTED in failure(fresh(connected)).reason


@pytest.mark.attack("T32", "T33")
def test_while_somebody_may_still_be_saving_nobody_uses_the_old_token(
    connected: Connection, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process lost its database between Workday's answer and its commit."""
    assert intents.write(connected)
    with pytest.raises(Weather) as raised:
        bearer(expired(fresh(connected)))
    assert 15 < (raised.value.retry_after or 0) <= intents.UNDER_WAY_SECONDS
    assert refreshes(sandbox) == 0
    monkeypatch.setattr(intents, "UNDER_WAY_SECONDS", 0.0)
    assert bearer(fresh(connected))
    assert refreshes(sandbox) == 1
    assert note_of(connected) is None


@pytest.mark.django_db(transaction=True)
def test_a_click_does_not_wait_for_a_renewal(connected: Connection, sandbox: SandboxProcess) -> None:
    """Its rows point at the connection that is being renewed."""
    sandbox.fault("*/token", "delay", times=1, seconds=2)
    found: list[object] = []

    def renew() -> None:
        try:
            found.append(bearer(expired(fresh(connected))))
        except TokenError as error:
            found.append(error)
        database.close()

    renewing = threading.Thread(target=renew)
    renewing.start()
    while not refreshes(sandbox):
        assert renewing.is_alive()
    with transaction.atomic(), database.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
        make_decision(make_task(connected))
    assert renewing.is_alive()
    renewing.join()
    assert not isinstance(found[0], TokenError)
