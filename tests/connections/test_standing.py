from __future__ import annotations

import datetime

import pytest
from django.utils import timezone

from connections import lifetime, standing
from connections.models import Connection, Tenant

pytestmark = pytest.mark.django_db
State = Connection.State


@pytest.fixture
def tenant() -> Tenant:
    """These words need no far side."""
    return Tenant.objects.create(key="acme", name="Acme", environment="sandbox", refresh_token_days=90)


def given(connection: Connection, ago: float) -> Connection:
    """The refresh token is this many days old."""
    connection.refresh_token_at = timezone.now() - datetime.timedelta(days=ago)
    connection.save(update_fields=["refresh_token_at"])
    return connection


@pytest.mark.parametrize("state", State)
def test_every_state_has_words_for_its_person_and_for_an_administrator(connection: Connection, state: str) -> None:
    connection.state = state
    told = standing.for_person(connection.tenant, connection)
    assert told.label
    assert told.todo or state == State.HEALTHY
    assert standing.for_administrator(connection.tenant, connection).todo


@pytest.mark.attack("T35")
def test_the_tenants_trouble_asks_its_people_to_wait(connection: Connection, tenant: Tenant) -> None:
    tenant.trouble, tenant.trouble_since = "Workday does not accept the API client's ID or secret.", timezone.now()
    for state, todo in [
        (State.HEALTHY, "You need not reconnect."),
        (State.NEEDS_RECONNECT, "Wait until then, and reconnect after that."),
        (State.DISCONNECTED, "Wait until then, and connect after that."),
    ]:
        connection.state = state
        told = standing.for_person(tenant, connection)
        assert (told.todo, told.can_be_mended) == (todo, False)
        assert "API client" not in told.why


def test_an_administrator_is_told_what_the_tenants_trouble_is(connection: Connection, tenant: Tenant) -> None:
    tenant.trouble, tenant.trouble_since = "Workday does not accept the API client's ID or secret.", timezone.now()
    told = standing.for_administrator(tenant, connection)
    assert (told.why, told.since) == (tenant.trouble, tenant.trouble_since)
    assert "nobody has to reconnect" in told.todo


def test_a_ban_stands_whatever_else_is_wrong(connection: Connection, tenant: Tenant) -> None:
    tenant.trouble, connection.state, connection.state_reason = "Something.", State.DISABLED, "Left the company."
    assert standing.for_person(tenant, connection).why == "Left the company."


def test_a_connection_ends_when_its_refresh_token_has_had_its_days(connection: Connection) -> None:
    end = lifetime.ends_at(given(connection, 30))
    assert end == (connection.refresh_token_at or timezone.now()) + datetime.timedelta(days=90)
    assert lifetime.days_left(connection) == 60


@pytest.mark.parametrize(
    "change",
    [
        {"state": State.NEEDS_RECONNECT},
        {"state": State.DISABLED},
        {"refresh_token_at": None},
        {"grant": Connection.Grant.CLIENT_CREDENTIALS},
    ],
)
def test_where_nothing_ends_there_is_no_end(connection: Connection, change: dict[str, object]) -> None:
    given(connection, 89)
    for name, value in change.items():
        setattr(connection, name, value)
    assert lifetime.ends_at(connection) is None
    assert standing.for_person(connection.tenant, connection).countdown == ""


def test_a_tenant_without_a_timeout_ends_nothing(connection: Connection, tenant: Tenant) -> None:
    tenant.refresh_token_days = None
    connection.tenant = tenant
    assert lifetime.ends_at(given(connection, 5000)) is None


@pytest.mark.parametrize(
    ("age", "said", "warned"),
    [
        (59, "", False),
        (60, ", in 30 days.", False),
        (83, ", in 7 days.", True),
        (89, ", tomorrow.", True),
        (90, ", today.", True),
        (92, "it may stop any day. Reconnect now.", True),
    ],
)
def test_the_countdown_begins_a_month_before_and_warns_in_the_last_week(
    connection: Connection, age: int, said: str, warned: bool
) -> None:
    told = standing.for_person(connection.tenant, given(connection, age))
    assert told.countdown.endswith(said)
    assert bool(told.countdown) is bool(said)
    assert told.ends_soon is warned


@pytest.mark.attack("T35")
def test_nobody_is_counted_down_to_what_they_cannot_do(connection: Connection) -> None:
    connection.tenant.trouble = "Workday does not accept the API client."
    told = standing.for_person(connection.tenant, given(connection, 88))
    assert (told.countdown, told.ends_soon, told.wants_connecting) == ("", False, False)


def test_the_countdown_names_the_day_in_the_readers_zone(connection: Connection) -> None:
    connection.refresh_token_at = datetime.datetime(2036, 12, 3, 23, 30, tzinfo=datetime.UTC)
    connection.tenant.refresh_token_days = 1
    with timezone.override("Asia/Tokyo"):
        end = lifetime.ends_at(connection)
        assert end is not None
        assert timezone.localdate(end) == datetime.date(2036, 12, 5)
