from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from connections.models import Connection, Tenant
from tests.connections.conftest import signed_in_as, words


def page_of(person: User) -> str:
    return words(signed_in_as(person).get(reverse("connections:list")))


def test_every_tenant_is_offered(tenant: Tenant, stranger: User) -> None:
    page = page_of(stranger)
    assert "Acme" in page
    assert "Sandbox" in page
    assert "Not connected" in page
    assert f'id="connect-{tenant.key}"' in page


def test_a_healthy_connection_names_its_worker_and_since_when(connected: Connection, owner: User) -> None:
    page = page_of(owner)
    assert "Connected as</dt><dd>Helena Brandt" in page
    assert "Healthy since" in page
    assert "Disconnect" in page


def test_nobody_sees_a_colleagues_connection(connected: Connection, colleague: User) -> None:
    assert "Helena Brandt" not in page_of(colleague)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("needs_reconnect", "Needs reconnect"),
        ("troubled", "Temporarily not reachable"),
        ("disabled", "Disabled by an administrator"),
    ],
)
def test_each_state_is_in_words_with_its_reason(connected: Connection, owner: User, state: str, said: str) -> None:
    Connection.objects.update(state=state, state_reason="Because of that.")
    page = page_of(owner)
    assert said in page
    assert "Because of that." in page


def test_a_disabled_connection_offers_no_way_to_connect(connected: Connection, owner: User, tenant: Tenant) -> None:
    Connection.objects.update(state="disabled")
    assert f'id="connect-{tenant.key}"' not in page_of(owner)


def test_the_tenants_trouble_asks_nobody_to_reconnect(connected: Connection, owner: User) -> None:
    Tenant.objects.update(trouble="Workday does not accept the API client's ID or secret.")
    page = page_of(owner)
    assert "You need not reconnect." in page
    assert "API client" not in page


def test_without_a_tenant_the_page_says_whose_turn_it_is(owner: User, administrator: User) -> None:
    assert "nothing for you to do" in page_of(owner)
    assert "Add a tenant" in page_of(administrator)


def test_the_list_reads_the_database_a_fixed_number_of_times(
    connected: Connection, owner: User, tenant: Tenant, django_assert_max_num_queries: object
) -> None:
    for number in range(10):
        tenant.pk, tenant.key, tenant.name = None, f"more-{number}", f"More {number}"
        tenant._state.adding = True
        Tenant.objects.create(key=tenant.key, name=tenant.name, environment="sandbox")
    browser = signed_in_as(owner)
    with django_assert_max_num_queries(5):  # type: ignore[operator]  # The fixture is untyped.
        browser.get(reverse("connections:list"))


def test_the_pages_forms_may_only_end_at_ourselves_or_at_the_tenants(tenant: Tenant, owner: User) -> None:
    page = signed_in_as(owner).get(reverse("connections:list"))
    origin = tenant.authorization_endpoint.removesuffix("/acme/authorize")
    assert f"form-action 'self' {origin};" in f"{page['Content-Security-Policy']};"


def test_a_script_is_told_where_to_go_on(tenant: Tenant, owner: User) -> None:
    """A browser holds no form-action against a script that moves on, however many hops the company's sign-in has."""
    answer = signed_in_as(owner).post(reverse("connections:connect", args=[tenant.key]), headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith(tenant.authorization_endpoint)
