"""Whoever renews a token may be frozen for minutes, and wake up: nobody uses the old token meanwhile."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections import grants, vault
from connections.models import Connection, Tenant
from tests.attacks.callers import Outcome, Wish, ask, callers, wait_for
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.server import AuthorizationServer, SandboxServer, fingerprint
from tests.connections.conftest import signed_in_as, words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.attack("T31")]

# The long run: REFRESH_FROZEN_SECONDS=120 freezes for that long, under the limits that an installation has.
SECONDS = float(os.environ.get("REFRESH_FROZEN_SECONDS", "3"))
IMPATIENT = {"renewal.LOCK_SECONDS": 1.0}
# As if the others came minutes later.
LATER = {"intents.UNDER_WAY_SECONDS": 0.0}
SOON_CUT_OFF = {"renewal.FROZEN_SECONDS": 1.0}
INTERRUPTED = "interrupted while it was being renewed"


@pytest.fixture
def connection(far: AuthorizationServer, owner: User) -> Connection:
    if isinstance(far, SandboxServer):
        far.process.settings(rotation="rotate")
    return ended(connected_at(far, owner))


def ended(connection: Connection) -> Connection:
    Connection.objects.update(access_expires_at=timezone.now())
    return connection


def frozen_with_the_answer(connection: Connection, tmp_path: Path, **limits: float) -> Wish:
    return Wish(connection.pk, failpoint=f"refresh-answered:freeze:{tmp_path / 'marker'}", limits=limits)


def kept(connection: Connection) -> Outcome:
    token = grants.access_token(fresh(connection))
    assert token
    return Outcome("token", fingerprint(token.reveal()))


def assert_goes_on_working(far: AuthorizationServer, connection: Connection) -> None:
    """The grant is alive: another refresh, with the refresh token that is stored, succeeds."""
    before = len(refreshes(far))
    assert ask(ended(connection)).kind == "token"
    assert len(refreshes(far)) == before + 1
    assert {request.status for request in refreshes(far)} == {200}


def test_while_the_one_who_has_the_new_token_is_frozen_nobody_uses_the_old_one(
    far: AuthorizationServer, connection: Connection, tmp_path: Path
) -> None:
    with callers(frozen_with_the_answer(connection, tmp_path)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            assert ask(connection, limits=IMPATIENT | LATER) == Outcome("Weather", "The database was busy.")
        assert len(refreshes(far)) == 1
        holder.thaw()
        assert holder.outcome() == kept(connection)
    assert len(refreshes(far)) == 1
    assert_goes_on_working(far, connection)


def test_a_late_save_of_one_who_was_cut_off_still_counts_when_nobody_came_between(
    far: AuthorizationServer, connection: Connection, tmp_path: Path
) -> None:
    with callers(frozen_with_the_answer(connection, tmp_path, **SOON_CUT_OFF)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        time.sleep(1.5)
        assert ask(connection, limits=IMPATIENT) == Outcome("Weather", "This connection is just being renewed.")
        holder.thaw()
        assert holder.outcome() == kept(connection)
    assert len(refreshes(far)) == 1
    assert_goes_on_working(far, connection)


def test_after_a_renewal_by_others_the_late_save_is_refused(
    sandbox_server: SandboxServer, owner: User, tmp_path: Path
) -> None:
    """Where the old refresh token goes on working."""
    connection = ended(connected_at(sandbox_server, owner))
    with callers(frozen_with_the_answer(connection, tmp_path, **SOON_CUT_OFF)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        time.sleep(1.5)
        renewed = ask(connection, limits=LATER)
        assert renewed == kept(connection)
        holder.thaw()
        assert holder.outcome() == renewed == kept(connection)
    assert len(refreshes(sandbox_server)) == 2


def test_where_the_old_token_was_dead_the_late_save_revives_nothing(
    far: AuthorizationServer, connection: Connection, tmp_path: Path
) -> None:
    """Frozen for longer than anybody can wait for: one try, the true reason, and no more."""
    with callers(frozen_with_the_answer(connection, tmp_path, **SOON_CUT_OFF)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        time.sleep(1.5)
        told = ask(connection, limits=LATER)
        assert told.kind == "NeedsReconnect"
        assert INTERRUPTED in told.told
        holder.thaw()
        assert holder.outcome() == told
    assert ask(connection) == told
    assert [request.status for request in refreshes(far)] == [200, 400]
    assert fresh(connection).refresh_token_box is None


@pytest.mark.parametrize("seconds", [0.2, 1.0])
def test_an_answer_that_came_while_frozen_is_still_read(
    sandbox_server: SandboxServer, owner: User, seconds: float
) -> None:
    sandbox_server.process.settings(rotation="rotate")
    connection = ended(connected_at(sandbox_server, owner))
    sandbox_server.process.fault("*/token", "apply_then_delay", times=1, seconds=0.7)
    with callers(Wish(connection.pk, limits={"oauth.TOKEN_SECONDS": 1.5})) as [holder]:
        wait_for(lambda: len(refreshes(sandbox_server)) == 1)
        holder.freeze()
        time.sleep(1.5 + seconds)
        holder.thaw()
        assert holder.outcome() == kept(connection)
    assert len(refreshes(sandbox_server)) == 1


@pytest.mark.attack("T36")
def test_a_late_save_after_a_disconnect_stores_nothing(
    far: AuthorizationServer, connection: Connection, owner: User, tmp_path: Path
) -> None:
    with callers(frozen_with_the_answer(connection, tmp_path, **SOON_CUT_OFF)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        time.sleep(1.5)
        signed_in_as(owner).post(reverse("connections:disconnect", args=[connection.pk]))
        holder.thaw()
        assert holder.outcome().kind == "NeedsReconnect"
    left = fresh(connection)
    assert left.state == Connection.State.DISCONNECTED
    assert (left.access_token_box, left.refresh_token_box) == (None, None)


@pytest.mark.attack("T25")
def test_a_late_save_gives_no_token_to_an_address_that_the_tenant_has_got_meanwhile(
    sandbox_server: SandboxServer, owner: User, tmp_path: Path
) -> None:
    connection = ended(connected_at(sandbox_server, owner))
    with callers(frozen_with_the_answer(connection, tmp_path, **SOON_CUT_OFF)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        time.sleep(1.5)
        Tenant.objects.update(rest_endpoint="http://127.0.0.1:1/ccx/api/v1/acme")
        holder.thaw()
        assert holder.outcome().kind != "token"
    with pytest.raises(vault.Sealed):
        grants.access_token(fresh(connection))
    assert fresh(connection).generation == connection.generation
    assert len(refreshes(sandbox_server)) == 1


@pytest.mark.attack("T36")
def test_who_disconnects_meanwhile_is_told_to_try_again_soon(
    sandbox_server: SandboxServer, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that waited for the frozen process would look frozen too."""
    monkeypatch.setattr("connections.barring.PATIENCE_SECONDS", 1)
    connection = ended(connected_at(sandbox_server, owner))
    browser, url = signed_in_as(owner), reverse("connections:disconnect", args=[connection.pk])
    with callers(frozen_with_the_answer(connection, tmp_path)) as [holder]:
        wait_for(lambda: holder.is_frozen)
        assert "Try again in a minute." in words(browser.post(url, follow=True))
        holder.thaw()
        assert holder.outcome() == kept(connection)
    browser.post(url)
    assert fresh(connection).state == Connection.State.DISCONNECTED
