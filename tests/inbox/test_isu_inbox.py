"""An integration system user's inbox is nobody's own: administrators look at it apart."""

from __future__ import annotations

import uuid

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from connections.models import Connection, Tenant
from inbox import facts
from inbox.models import Batch, Decision, InboxSync, InboxTask
from tests.conftest import make_task

pytestmark = pytest.mark.django_db

OWN, ISU = "/inbox/?view=all", "/inbox/?whose=isu"


@pytest.fixture
def as_administrator(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def own(tenant: Tenant, administrator: User) -> InboxTask:
    connection = Connection.objects.create(tenant=tenant, kind="person", user=administrator, worker_wid="d" * 32)
    InboxSync.objects.create(connection=connection, as_of=timezone.now(), next_at=timezone.now())
    return make_task(connection, process="Hire: of my own")


@pytest.fixture
def isus(tenant: Tenant) -> InboxTask:
    connection = Connection.objects.create(tenant=tenant, kind="isu", grant=Connection.Grant.REFRESH_TOKEN)
    InboxSync.objects.create(connection=connection, as_of=timezone.now(), next_at=timezone.now())
    make_task(connection, process="Integration: second")
    return make_task(connection, process="Integration: first")


def _page(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_the_isus_tasks_are_not_counted_among_ones_own(
    as_administrator: Client, own: InboxTask, isus: InboxTask
) -> None:
    page = _page(as_administrator, OWN)

    assert "1 waiting" in page
    assert "Hire: of my own" in page
    assert "Integration: first" not in page


def test_the_isus_inbox_is_one_choice_away_and_shows_its_tasks_alone(
    as_administrator: Client, own: InboxTask, isus: InboxTask
) -> None:
    assert 'href="/inbox/?whose=isu"' in _page(as_administrator, OWN)

    page = _page(as_administrator, ISU)

    assert "2 waiting" in page
    assert "All (2)" in page
    assert "Integration: first" in page
    assert "Hire: of my own" not in page


def test_the_choice_stays_when_the_isus_tasks_are_searched(as_administrator: Client, isus: InboxTask) -> None:
    page = _page(as_administrator, f"{ISU}&q=first")

    assert "Integration: first" in page
    assert "Integration: second" not in page
    assert '<input type="hidden" name="whose" value="isu">' in page
    assert "q=first&amp;kind=Integration&amp;whose=isu" in page


def test_an_open_page_of_the_isu_stays_one(as_administrator: Client, own: InboxTask, isus: InboxTask) -> None:
    assert "&amp;whose=isu" in _page(as_administrator, ISU)

    changes = as_administrator.get("/inbox/changes", {"whose": "isu"}).content.decode()

    assert "2 waiting" in changes


def test_a_decision_on_the_isus_task_is_answered_with_the_isus_count(
    as_administrator: Client, own: InboxTask, isus: InboxTask
) -> None:
    form = {"action": "approve", "nonce": str(uuid.uuid4()), "seen": facts.fingerprint(isus)}

    url = reverse("inbox:decide", args=[isus.pk])
    answer = as_administrator.post(url, form, headers={"HX-Request": "true"}).content.decode()

    assert Decision.objects.get().task == isus
    assert "2 waiting" in answer


def test_all_that_fit_never_takes_in_the_isus_tasks_unasked(
    as_administrator: Client, own: InboxTask, isus: InboxTask
) -> None:
    for query in ("", "whose=isu"):
        as_administrator.post("/inbox/bulk", {"action": "approve", "all": "1", "query": query})

    taken = {batch.query: batch.items.count() for batch in Batch.objects.all()}
    assert taken == {"": 1, "whose=isu": 2}


def test_refreshing_asks_about_the_inbox_on_show(as_administrator: Client, own: InboxTask, isus: InboxTask) -> None:
    answer = as_administrator.post("/inbox/refresh?whose=isu")

    assert answer["Location"] == ISU
    assert list(InboxSync.objects.exclude(asked_at=None)) == [isus.connection.inbox_sync]


def test_an_administrator_without_a_connection_is_still_led_to_the_isu(
    as_administrator: Client, isus: InboxTask
) -> None:
    page = _page(as_administrator, OWN)

    assert "Connect your Workday account" in page
    assert 'href="/inbox/?whose=isu"' in page


@pytest.mark.parametrize("person", ["owner", "colleague", "stranger"])
def test_nobody_else_sees_the_choice_or_the_tasks(
    client: Client, connection: Connection, isus: InboxTask, person: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(person))

    assert "Integration" not in _page(client, OWN)
    assert "Integration: first" not in _page(client, ISU)
