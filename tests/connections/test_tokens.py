from __future__ import annotations

import datetime
import threading

import pytest
from django.db import connection as database
from django.utils import timezone

from audit.models import Event
from connections import grants, health, tenants
from connections.models import Connection, Tenant
from connections.tokens import NeedsReconnect, TenantTrouble, TokenError, Weather, bearer
from tests.sandbox.process import SandboxProcess
from workday.secret import Secret


def refreshes(sandbox: SandboxProcess) -> int:
    seen = sandbox.ledger(path="/token")
    return len([request for request in seen if request["body"].get("grant_type") == "refresh_token"])


def expired(connection: Connection) -> Connection:
    connection.access_expires_at = timezone.now()
    connection.save(update_fields=["access_expires_at"])
    return connection


def fresh(connection: Connection) -> Connection:
    return Connection.objects.select_related("tenant").get(pk=connection.pk)


def failure(connection: Connection) -> TokenError:
    with pytest.raises(TokenError) as raised:
        bearer(expired(connection))
    return raised.value


def test_a_token_that_is_good_is_used_without_asking_anybody(
    connected: Connection, sandbox: SandboxProcess, django_assert_num_queries: object
) -> None:
    connection = fresh(connected)
    with django_assert_num_queries(0):  # type: ignore[operator]  # The fixture is untyped.
        assert bearer(connection)
    assert refreshes(sandbox) == 0


def test_a_token_that_is_about_to_end_is_renewed(connected: Connection, sandbox: SandboxProcess) -> None:
    old = grants.access_token(connected)
    assert bearer(expired(connected)) != old
    assert refreshes(sandbox) == 1
    assert fresh(connected).generation == connected.generation


@pytest.mark.attack("T30", "T34")
def test_a_rejected_token_is_renewed_once_for_all_who_had_it(connected: Connection, sandbox: SandboxProcess) -> None:
    first, second = fresh(connected), fresh(connected)
    old = bearer(first)
    new = bearer(first, rejected=old)
    assert bearer(second, rejected=old) == new
    assert refreshes(sandbox) == 1


@pytest.mark.parametrize("rotation", ["none", "same", "rotate"])
def test_the_refresh_token_is_replaced_only_by_a_new_one(
    connected: Connection, sandbox: SandboxProcess, rotation: str
) -> None:
    sandbox.settings(rotation=rotation)
    kept = grants.refresh_token(connected)
    bearer(expired(connected))
    assert (grants.refresh_token(fresh(connected)) == kept) is (rotation != "rotate")
    assert bearer(expired(fresh(connected)))


@pytest.mark.attack("T34")
def test_a_token_without_a_lifetime_is_taken_for_an_hour(connected: Connection, sandbox: SandboxProcess) -> None:
    sandbox.settings(expires_in=False)
    bearer(expired(connected))
    left = (fresh(connected).access_expires_at or timezone.now()) - timezone.now()
    assert datetime.timedelta(minutes=58) < left <= datetime.timedelta(minutes=59)


@pytest.mark.attack("T34")
@pytest.mark.parametrize(("lifetime", "used_for"), [(3600, 3540), (240, 180), (120, 90), (40, 30), (4, 3)])
def test_a_short_life_is_used_for_three_quarters(
    connected: Connection, sandbox: SandboxProcess, lifetime: int, used_for: int
) -> None:
    sandbox.settings(access_token_seconds=lifetime)
    bearer(expired(connected))
    left = (fresh(connected).access_expires_at or timezone.now()) - timezone.now()
    assert used_for - 1 < left.total_seconds() <= used_for
    for _ in range(3):
        bearer(fresh(connected))
    assert refreshes(sandbox) == 1


@pytest.mark.attack("T35")
def test_a_revoked_grant_needs_its_person_and_is_erased(connected: Connection, sandbox: SandboxProcess) -> None:
    sandbox.revoke("manager")
    error = failure(connected)
    assert isinstance(error, NeedsReconnect)
    kept = fresh(connected)
    assert (kept.state, kept.state_reason) == ("needs_reconnect", error.reason)
    assert (kept.access_token_box, kept.refresh_token_box) == (None, None)
    assert Event.objects.filter(verb="connection.needs_reconnect", subject=connected.pk).exists()


@pytest.mark.attack("T35")
def test_after_that_workday_is_not_asked_again(connected: Connection, sandbox: SandboxProcess) -> None:
    sandbox.revoke("manager")
    failure(connected)
    sandbox.clear_ledger()
    with pytest.raises(NeedsReconnect):
        bearer(fresh(connected))
    assert sandbox.ledger() == []


@pytest.mark.attack("T35")
def test_a_refused_api_client_asks_nobody_to_reconnect(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    sandbox.register(client_id="app-client", client_secret="changed", redirect_uri=tenant.redirect_uri)
    assert isinstance(failure(connected), TenantTrouble)
    assert fresh(connected).state == Connection.State.HEALTHY
    tenant.refresh_from_db()
    assert "client's ID or secret" in tenant.trouble
    assert tenant.trouble_since is not None


def test_a_success_clears_the_tenants_trouble(connected: Connection, tenant: Tenant) -> None:
    Tenant.objects.update(trouble="Something.", trouble_since=timezone.now())
    bearer(expired(connected))
    tenant.refresh_from_db()
    assert (tenant.trouble, tenant.trouble_since) == ("", None)


@pytest.mark.attack("T35")
@pytest.mark.parametrize(
    ("kind", "wish", "wait"),
    [
        ("status", {"status": 500}, None),
        ("status", {"status": 503}, None),
        ("rate_limit", {"retry_after": "7"}, 7.0),
        ("drop_before", {}, None),
        ("html", {}, None),
        ("garbage", {}, None),
        ("redirect", {"status": 302}, None),
    ],
)
def test_bad_weather_passes_by_itself(
    connected: Connection, sandbox: SandboxProcess, kind: str, wish: dict[str, object], wait: float | None
) -> None:
    sandbox.fault("*/token", kind, times=1, **wish)
    error = failure(connected)
    assert isinstance(error, Weather)
    assert error.retry_after == wait
    assert fresh(connected).state == Connection.State.TROUBLED
    bearer(fresh(connected))
    assert fresh(connected).state == Connection.State.HEALTHY


def test_a_connection_that_was_never_given_a_token_needs_its_person(connection: Connection) -> None:
    with pytest.raises(NeedsReconnect):
        bearer(connection)


@pytest.mark.attack("T32")
def test_a_lost_rotation_is_told_as_what_it_is(connected: Connection, sandbox: SandboxProcess) -> None:
    sandbox.settings(rotation="rotate")
    bearer(expired(connected))
    sandbox.fault("*/token", "apply_then_drop", times=1)
    assert isinstance(failure(connected), Weather)
    error = failure(connected)
    assert isinstance(error, NeedsReconnect)
    assert "interrupted" in error.reason
    assert refreshes(sandbox) == 3


def test_tokens_are_not_sent_to_an_origin_they_were_not_given_for(
    connected: Connection, tenant: Tenant, sandbox: SandboxProcess
) -> None:
    Tenant.objects.update(token_endpoint="http://127.0.0.1:1/ccx/oauth2/acme/token")
    error = failure(fresh(connected))
    assert isinstance(error, NeedsReconnect)
    assert refreshes(sandbox) == 0


def test_a_secret_that_does_not_open_is_the_administrators_to_mend(connected: Connection, tenant: Tenant) -> None:
    Tenant.objects.update(secret_generation=77)
    assert isinstance(failure(fresh(connected)), TenantTrouble)
    tenant.refresh_from_db()
    tenants.set_client_secret(tenant, Secret("canary-client-secret"))
    tenant.save()
    assert bearer(expired(fresh(connected)))


@pytest.mark.attack("T30")
@pytest.mark.django_db(transaction=True)
def test_many_at_once_cause_one_refresh(connected: Connection, sandbox: SandboxProcess) -> None:
    sandbox.settings(rotation="rotate")
    expired(connected)
    found: list[Secret] = []

    def call() -> None:
        found.append(bearer(fresh(connected)))
        database.close()

    threads = [threading.Thread(target=call) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 16
    assert all(token == found[0] for token in found)
    assert refreshes(sandbox) == 1


@pytest.mark.attack("T33")
@pytest.mark.django_db(transaction=True)
def test_new_tokens_are_saved_even_when_the_database_goes_away_just_then(
    connected: Connection, sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox.settings(rotation="rotate")
    bearer(expired(connected))
    real = health.recover

    def cut_off(connection: Connection) -> None:
        # The moment after Workday answered is too short to hit from outside.
        monkeypatch.setattr(health, "recover", real)
        with database.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(health, "recover", cut_off)
    token = bearer(expired(connected))
    assert grants.access_token(fresh(connected)) == token
    assert bearer(expired(fresh(connected)))


def test_a_token_of_the_next_worker_is_never_given_to_whoever_asked_for_the_former(connected: Connection) -> None:
    """Somebody disconnected and connected as another worker while a decision of the former was being sent."""
    stale = Connection.objects.select_related("tenant").get(pk=connected.pk)
    stale.access_expires_at = timezone.now()
    Connection.objects.filter(pk=connected.pk).update(worker_wid="c" * 32)

    with pytest.raises(NeedsReconnect, match="another Workday worker"):
        bearer(stale)
