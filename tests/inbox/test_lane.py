"""How long a tenant is spared after it turned calls away."""

from __future__ import annotations

import uuid

import pytest

from connections.models import Connection
from inbox.models import Lane
from inbox.models.decision import from_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def tenant(connection: Connection) -> uuid.UUID:
    Lane.objects.create(tenant_id=connection.tenant_id)
    return connection.tenant_id


def paused_between(least: float, most: float) -> bool:
    return Lane.objects.filter(paused_until__gt=from_now(least), paused_until__lt=from_now(most)).exists()


def end_pause() -> None:
    Lane.objects.update(paused_until=from_now(-1))


def test_calls_turned_away_together_pause_the_tenant_once(tenant: uuid.UUID) -> None:
    for _ in range(4):
        Lane.pause(tenant, None)

    assert paused_between(1, 3)
    assert Lane.objects.get().pauses == 1


def test_each_further_pause_is_longer_until_it_is_a_minute(tenant: uuid.UUID) -> None:
    for least, most in ((1, 3), (3, 5.1), (6, 10.1)):
        Lane.pause(tenant, None)
        assert paused_between(least, most)
        end_pause()
    for _ in range(12):
        Lane.pause(tenant, None)
        assert paused_between(1, 76)
        end_pause()
    Lane.pause(tenant, None)
    assert paused_between(44, 76)


def test_a_longer_time_that_workday_names_is_kept_and_a_shorter_one_changes_nothing(tenant: uuid.UUID) -> None:
    Lane.pause(tenant, 5)
    Lane.pause(tenant, 40)
    Lane.pause(tenant, 10)

    assert paused_between(39, 41)


def test_an_answer_that_is_none_of_that_lets_the_next_pause_be_short_again(tenant: uuid.UUID) -> None:
    for _ in range(5):
        Lane.pause(tenant, None)
        end_pause()
    Lane.resume(tenant)
    Lane.pause(tenant, None)

    assert paused_between(1, 3)
