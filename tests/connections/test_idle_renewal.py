"""A connection that nobody uses is renewed before its refresh token ends."""

from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connections as databases
from django.utils import timezone

from accounts.models import User
from audit.models import Event
from connections import barring, lifetime, linking
from connections.models import Connection, Tenant
from tests.connections.conftest import connect, signed_in_as
from tests.sandbox.process import SandboxProcess

DAYS = datetime.timedelta(days=1)


def refreshes(sandbox: SandboxProcess) -> int:
    seen = sandbox.ledger(path="/token")
    return len([request for request in seen if request["body"].get("grant_type") == "refresh_token"])


def unused(connection: Connection, days: float, *, of: int = 90, token_ended: float | None = None) -> Connection:
    """Its refresh token came this many days ago, and nobody has used the connection since."""
    Tenant.objects.update(refresh_token_days=of)
    now = timezone.now()
    ended = now - (days if token_ended is None else token_ended) * DAYS
    Connection.objects.filter(pk=connection.pk).update(refresh_token_at=now - days * DAYS, access_expires_at=ended)
    return fresh(connection)


def fresh(connection: Connection) -> Connection:
    return Connection.objects.select_related("tenant").get(pk=connection.pk)


def test_past_half_of_its_life_it_is_renewed_and_a_rotating_server_begins_a_new_one(
    connected: Connection, sandbox: SandboxProcess
) -> None:
    sandbox.settings(rotation="rotate")
    unused(connected, 46)
    assert lifetime.renew_idle() == 1
    assert refreshes(sandbox) == 1
    assert lifetime.days_left(fresh(connected)) == 90


def test_a_server_that_keeps_the_token_is_not_believed_to_have_begun_a_new_life(
    connected: Connection, sandbox: SandboxProcess
) -> None:
    sandbox.settings(rotation="same")
    unused(connected, 46)
    assert lifetime.renew_idle() == 1
    assert lifetime.days_left(fresh(connected)) == 44


@pytest.mark.parametrize("token_ended", [-0.01, 0.5])
def test_one_that_is_used_is_left_to_its_use(
    connected: Connection, sandbox: SandboxProcess, token_ended: float
) -> None:
    unused(connected, 46, token_ended=token_ended)
    assert lifetime.renew_idle() == 0
    assert refreshes(sandbox) == 0


def test_a_long_access_token_does_not_let_the_refresh_token_end_unseen(
    connected: Connection, sandbox: SandboxProcess
) -> None:
    unused(connected, 46, token_ended=-200)
    assert lifetime.renew_idle() == 1
    assert refreshes(sandbox) == 1


def test_in_the_first_half_nothing_is_asked(connected: Connection, sandbox: SandboxProcess) -> None:
    unused(connected, 44)
    assert lifetime.renew_idle() == 0
    assert refreshes(sandbox) == 0


def test_without_a_timeout_nothing_is_asked(connected: Connection, sandbox: SandboxProcess) -> None:
    unused(connected, 4600)
    Tenant.objects.update(refresh_token_days=None)
    assert lifetime.renew_idle() == 0
    assert refreshes(sandbox) == 0


def test_one_that_failed_is_tried_once_a_day(connected: Connection, sandbox: SandboxProcess) -> None:
    unused(connected, 46)
    sandbox.fault("*/token", "status", status=503)
    lifetime.renew_idle()
    lifetime.renew_idle()
    assert refreshes(sandbox) == 1
    assert fresh(connected).state == Connection.State.TROUBLED


def test_a_silent_tenant_is_asked_once_a_run_and_spares_the_others_their_turn(
    connected: Connection, colleague: User, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    connect(signed_in_as(colleague), tenant, "colleague")
    for connection in Connection.objects.all():
        unused(connection, 46)
    sandbox.fault("*/token", "status", status=503)
    lifetime.renew_idle()
    assert refreshes(sandbox) == 1
    assert Event.objects.filter(verb=lifetime.TRIED).count() == 1


def test_a_revoked_grant_is_found_out_and_its_person_is_asked(connected: Connection, sandbox: SandboxProcess) -> None:
    unused(connected, 46)
    sandbox.revoke("manager")
    lifetime.renew_idle()
    assert fresh(connected).state == Connection.State.NEEDS_RECONNECT


def test_the_end_by_the_calendar_alone_ends_nothing(connected: Connection, sandbox: SandboxProcess) -> None:
    """Only Workday knows whether it counts as we do."""
    unused(connected, 95)
    assert lifetime.renew_idle() == 1
    assert fresh(connected).state == Connection.State.HEALTHY


@pytest.mark.attack("T36")
@pytest.mark.parametrize("ended", ["disconnected", "disabled", "deactivated", "tenant in trouble"])
def test_what_must_not_be_used_is_not_renewed(
    connected: Connection, sandbox: SandboxProcess, owner: User, administrator: User, ended: str
) -> None:
    unused(connected, 46)
    match ended:
        case "disconnected":
            linking.disconnect(connected, owner)
        case "disabled":
            barring.disable(connected, "Left.", administrator)
        case "deactivated":
            User.objects.filter(pk=owner.pk).update(is_active=False)
        case _:
            Tenant.objects.update(trouble="Workday does not accept the API client.", trouble_since=timezone.now())
    sandbox.clear_ledger()
    assert lifetime.renew_idle() == 0
    assert sandbox.ledger() == []


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_renew_it_once(connected: Connection, sandbox: SandboxProcess) -> None:
    unused(connected, 46)

    def run() -> None:
        lifetime.renew_idle()
        databases.close_all()

    runs = [threading.Thread(target=run) for _ in range(4)]
    for each in runs:
        each.start()
    for each in runs:
        each.join()
    assert refreshes(sandbox) == 1
