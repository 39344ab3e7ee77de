"""A process dies while it renews a token: no loop, no silence, and the old token is tried once more at most."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from inbox.drain import drain
from inbox.models.decision import from_now
from inbox.states import State
from tests.attacks.callers import Wish, ask, callers, wait_for
from tests.attacks.connected import connected_at, fresh, refreshes
from tests.attacks.server import IndependentServer, SandboxServer
from tests.conftest import make_decision, make_task
from tests.connections.conftest import signed_in_as, words

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.attack("T32")]

BEFORE, AFTER = "refresh-intended", "refresh-saved"
BETWEEN = ("in the request", "refresh-answered", "refresh-before-commit")
POINTS = (BEFORE, *BETWEEN, AFTER)
SWITCHES: dict[str, dict[str, Any]] = {
    "not rotating": {"rotation": "same"},
    "no refresh token": {"rotation": "none"},
    "with a grace period": {"rotation": "rotate", "rotation_grace_seconds": 60},
    "rotating": {"rotation": "rotate"},
}
# As if the others came half a minute later; until then whoever died might still be saving.
LATER = {"intents.UNDER_WAY_SECONDS": 0.0}
INTERRUPTED = "interrupted while it was being renewed"


def connected(far: SandboxServer | IndependentServer, owner: User, switch: str = "rotating") -> Connection:
    if isinstance(far, SandboxServer):
        far.process.settings(**SWITCHES[switch])
    connection = connected_at(far, owner)
    Connection.objects.update(access_expires_at=timezone.now())
    return connection


def killed_at(point: str, far: SandboxServer | IndependentServer, connection: Connection, tmp_path: Path) -> None:
    failpoint = "" if point == "in the request" else f"{point}:kill:{tmp_path / 'marker'}"
    if not failpoint and isinstance(far, SandboxServer):
        far.process.fault("*/token", "apply_then_delay", times=1, seconds=5)
    with callers(Wish(connection.pk, failpoint=failpoint)) as [caller]:
        if not failpoint:
            wait_for(lambda: len(refreshes(far)) == 1)
            caller.kill()
        wait_for(lambda: not caller.is_alive)


def assert_no_token_was_used_often(far: SandboxServer | IndependentServer) -> None:
    used = Counter(request.refresh_token for request in refreshes(far))
    assert max(used.values()) <= 2


def assert_told_and_left_alone(
    far: SandboxServer | IndependentServer, connection: Connection, owner: User, uses: int = 2
) -> None:
    """The person reads the true reason, and however often it is asked, Workday is not any more."""
    for _ in range(3):
        told = ask(connection, limits=LATER)
        assert told.kind == "NeedsReconnect"
        assert INTERRUPTED in told.told
    assert len(refreshes(far)) == uses
    assert INTERRUPTED in words(signed_in_as(owner).get(reverse("connections:list")))


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("point", POINTS)
def test_a_kill_is_survived_or_told(
    sandbox_server: SandboxServer, owner: User, tmp_path: Path, point: str, switch: str
) -> None:
    connection = connected(sandbox_server, owner, switch)
    killed_at(point, sandbox_server, connection, tmp_path)
    if point in BETWEEN and switch == "rotating":
        assert_told_and_left_alone(sandbox_server, connection, owner)
    else:
        assert ask(connection, limits=LATER).kind == "token"
        assert len(refreshes(sandbox_server)) == 1 + (point in BETWEEN)
        assert fresh(connection).refresh_intent_at is None
    assert_no_token_was_used_often(sandbox_server)


@pytest.mark.parametrize("point", [BEFORE, *BETWEEN[1:], AFTER])
def test_a_kill_at_a_server_of_other_peoples_making_is_survived_or_told(
    independent_server: IndependentServer, owner: User, tmp_path: Path, point: str
) -> None:
    connection = connected(independent_server, owner)
    killed_at(point, independent_server, connection, tmp_path)
    if point in BETWEEN:
        assert_told_and_left_alone(independent_server, connection, owner)
    else:
        assert ask(connection, limits=LATER).kind == "token"
        assert len(refreshes(independent_server)) == 1


def test_for_half_a_minute_after_a_kill_the_old_token_is_left_alone(
    sandbox_server: SandboxServer, owner: User, tmp_path: Path
) -> None:
    connection = connected(sandbox_server, owner)
    killed_at("refresh-answered", sandbox_server, connection, tmp_path)
    told = ask(connection)
    assert (told.kind, told.told) == ("Weather", "This connection is just being renewed.")
    assert len(refreshes(sandbox_server)) == 1


def test_what_was_decided_waits_for_the_reconnect_with_the_true_reason(
    sandbox_server: SandboxServer, owner: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = connected(sandbox_server, owner)
    decision = make_decision(make_task(connection))
    killed_at("refresh-answered", sandbox_server, connection, tmp_path)
    monkeypatch.setattr("connections.intents.UNDER_WAY_SECONDS", 0.0)
    drain(decision.tenant_id)
    decision.refresh_from_db()
    assert decision.state == State.NEEDS_RECONNECT
    assert INTERRUPTED in decision.reason
    type(decision).objects.filter(pk=decision.pk).update(next_at=from_now(-1))
    drain(decision.tenant_id)
    assert len(refreshes(sandbox_server)) == 2
    assert [r for r in sandbox_server.process.ledger() if "/businessProcess/" in r["path"]] == []
