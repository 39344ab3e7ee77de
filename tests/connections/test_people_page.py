"""Who is connected at a tenant and who is not, for administrators."""

from __future__ import annotations

import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection, Tenant
from tests.connections.conftest import signed_in_as, words

pytestmark = pytest.mark.django_db
State = Connection.State


@pytest.fixture
def tenant() -> Tenant:
    """Nobody is connected anywhere here, so there is no far side."""
    return Tenant.objects.create(key="acme", name="Acme", environment="sandbox", refresh_token_days=90)


@pytest.fixture
def browser(administrator: User) -> Client:
    return signed_in_as(administrator)


def page_of(browser: Client, tenant: Tenant, **query: str) -> str:
    return words(browser.get(reverse("connections:people", args=[tenant.key]), query))


def table_of(page: str) -> str:
    return page[page.find("<table") :]


def test_everybody_is_listed_connected_or_not(
    browser: Client, tenant: Tenant, connection: Connection, stranger: User
) -> None:
    page = page_of(browser, tenant)
    assert "Olive Owner" in page
    assert "Healthy" in page
    assert "Sten Stranger" in page
    assert "Never connected" in page


def test_those_who_need_somebody_come_first(
    browser: Client, tenant: Tenant, connection: Connection, colleague_connection: Connection, stranger: User
) -> None:
    Connection.objects.filter(pk=connection.pk).update(state=State.NEEDS_RECONNECT, state_reason="Workday said no.")
    page = table_of(page_of(browser, tenant))
    assert page.index("Olive Owner") < page.index("Carl Colleague") < page.index("Sten Stranger")
    assert "Workday said no." in page


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("", {"Olive Owner", "Carl Colleague", "Sten Stranger"}),
        ("attention", {"Olive Owner"}),
        ("connected", {"Carl Colleague"}),
        ("never", {"Sten Stranger"}),
    ],
)
def test_people_can_be_told_apart_by_how_they_stand(
    browser: Client,
    tenant: Tenant,
    connection: Connection,
    colleague_connection: Connection,
    stranger: User,
    shown: str,
    expected: set[str],
) -> None:
    Connection.objects.filter(pk=connection.pk).update(state=State.NEEDS_RECONNECT)
    page = table_of(page_of(browser, tenant, show=shown))
    everybody = {"Olive Owner", "Carl Colleague", "Sten Stranger"}
    assert {name for name in everybody if name in page} == expected


def test_a_connection_that_ends_soon_needs_attention(
    browser: Client, tenant: Tenant, connection: Connection, colleague_connection: Connection
) -> None:
    now = timezone.now()
    Connection.objects.update(refresh_token_at=now - datetime.timedelta(days=20))
    Connection.objects.filter(pk=connection.pk).update(refresh_token_at=now - datetime.timedelta(days=86))
    page = table_of(page_of(browser, tenant, show="attention"))
    assert "in 4 days." in page
    assert "Carl Colleague" not in page


def test_somebody_is_found_by_name_address_or_worker(
    browser: Client, tenant: Tenant, connection: Connection, stranger: User
) -> None:
    Connection.objects.update(worker_name="Helena Brandt")
    for sought in ("olive", "OWNER@example", "brandt"):
        page = table_of(page_of(browser, tenant, q=sought))
        assert "Olive Owner" in page
        assert "Sten Stranger" not in page
    assert "Nobody found" in page_of(browser, tenant, q="no such person")


def test_a_deactivated_person_is_listed_only_with_a_connection(
    browser: Client, tenant: Tenant, connection: Connection, stranger: User
) -> None:
    User.objects.filter(pk__in=[connection.user_id, stranger.pk]).update(is_active=False)
    page = page_of(browser, tenant)
    assert "Deactivated" in page
    assert "Sten Stranger" not in page


def test_another_tenants_connections_are_not_listed(browser: Client, connection: Connection) -> None:
    other = Tenant.objects.create(key="other", name="Elsewhere", environment="sandbox")
    assert "Healthy" not in page_of(browser, other)


def test_the_isu_stands_before_the_people(browser: Client, tenant: Tenant, connection: Connection) -> None:
    Connection.objects.create(tenant=tenant, kind=Connection.Kind.ISU, grant=Connection.Grant.CLIENT_CREDENTIALS)
    page = table_of(page_of(browser, tenant))
    assert page.index("Integration system user") < page.index("Olive Owner")


@pytest.mark.parametrize("people", [1, 40])
def test_the_page_reads_the_database_a_fixed_number_of_times(
    browser: Client, tenant: Tenant, people: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(people):
        person = User.objects.create_user(f"person{number}@example.test")
        Connection.objects.create(tenant=tenant, kind=Connection.Kind.PERSON, user=person, worker_wid=f"{number:032}")
    with django_assert_num_queries(7):
        page_of(browser, tenant)


def test_more_than_fit_are_on_further_pages(browser: Client, tenant: Tenant) -> None:
    for number in range(60):
        User.objects.create_user(f"person{number:02}@example.test")
    seen = page_of(browser, tenant) + page_of(browser, tenant, page="2")
    assert all(f"person{number:02}@example.test" in seen for number in range(60))


def test_the_page_of_one_connection_says_why_it_does_not_work(
    browser: Client, tenant: Tenant, connection: Connection
) -> None:
    Connection.objects.update(state=State.NEEDS_RECONNECT, state_reason="Workday said no.")
    page = words(browser.get(reverse("connections:connection", args=[tenant.key, connection.pk])))
    for told in ("Needs reconnect since", "Workday said no.", "give them the link", "none is stored"):
        assert told in page


def test_the_tenants_page_shows_a_glance_and_leads_to_all(
    browser: Client, tenant: Tenant, connection: Connection, stranger: User
) -> None:
    Connection.objects.update(state=State.NEEDS_RECONNECT)
    page = words(browser.get(reverse("connections:tenant", args=[tenant.key])))
    assert "0 of 3 people are connected" in page
    assert "1 needs attention" in page
    assert reverse("connections:people", args=[tenant.key]) in page
    assert "Sten Stranger" not in page


@pytest.mark.parametrize("person", ["owner", "colleague", "stranger"])
def test_for_everybody_else_the_page_does_not_exist(
    tenant: Tenant, person: str, request: pytest.FixtureRequest
) -> None:
    url = reverse("connections:people", args=[tenant.key])
    assert signed_in_as(request.getfixturevalue(person)).get(url).status_code == 404
    assert Client().get(url).status_code == 302


def test_only_the_place_where_one_is_stands_out_in_the_menu(browser: Client, tenant: Tenant) -> None:
    page = page_of(browser, tenant)
    assert page.count('aria-current="page"') == 1
    assert '<a href="/tenants/" aria-current="page">' in page
