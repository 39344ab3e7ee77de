from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections.models import Connection, Tenant
from tests.connections.conftest import signed_in_as

PAGES = [("connections:tenants", False, "get"), ("connections:tenant_new", False, "get")] + [
    (f"connections:{name}", True, method)
    for name, method in [
        ("tenant", "get"),
        ("tenant", "post"),
        ("tenant_check", "post"),
        ("tenant_change_confirm", "post"),
        ("tenant_change_drop", "post"),
        ("isu", "post"),
        ("isu_by_client", "post"),
        ("tenant_remove", "post"),
    ]
]


@pytest.mark.parametrize(("name", "keyed", "method"), PAGES)
def test_the_administrators_pages_do_not_exist_for_others(
    tenant: Tenant, owner: User, name: str, keyed: bool, method: str
) -> None:
    url = reverse(name, args=[tenant.key] if keyed else [])
    assert getattr(signed_in_as(owner), method)(url).status_code == 404
    assert getattr(Client(), method)(url).status_code == 302


@pytest.mark.parametrize(
    "name", ["tenant_check", "tenant_change_confirm", "tenant_change_drop", "isu", "isu_by_client", "tenant_remove"]
)
def test_what_changes_something_is_never_a_get(tenant: Tenant, administrator: User, name: str) -> None:
    url = reverse(f"connections:{name}", args=[tenant.key])
    assert signed_in_as(administrator).get(url).status_code == 405


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_colleagues_connection_does_not_exist_for_me(
    connected: Connection, colleague: User, stranger: User, method: str
) -> None:
    url = reverse("connections:disconnect", args=[connected.pk])
    for person in (colleague, stranger):
        assert getattr(signed_in_as(person), method)(url).status_code == 404
    assert Connection.objects.get().state == Connection.State.HEALTHY


def test_a_tenant_that_does_not_exist_cannot_be_connected(owner: User, tenant: Tenant) -> None:
    assert signed_in_as(owner).post(reverse("connections:connect", args=["nowhere"])).status_code == 404
