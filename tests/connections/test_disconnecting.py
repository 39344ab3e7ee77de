from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Connection, Tenant
from tests.connections.conftest import connect, signed_in_as, words
from tests.sandbox.process import SandboxProcess


@pytest.mark.attack("T36")
def test_the_page_says_what_disconnecting_means(connected: Connection, owner: User) -> None:
    page = words(signed_in_as(owner).get(reverse("connections:disconnect", args=[connected.pk])))
    assert "Helena Brandt" in page
    assert "erased here at once" in page
    assert "Manage Refresh Tokens for Integrations" in page
    assert Connection.objects.get().state == Connection.State.HEALTHY


@pytest.mark.attack("T36")
def test_disconnecting_erases_the_tokens_and_asks_workday_nothing(
    connected: Connection, owner: User, sandbox: SandboxProcess
) -> None:
    sandbox.clear_ledger()
    browser = signed_in_as(owner)
    answer = browser.post(reverse("connections:disconnect", args=[connected.pk]))
    assert (answer.status_code, answer["Location"]) == (303, reverse("connections:list"))
    ended = Connection.objects.get()
    assert ended.state == Connection.State.DISCONNECTED
    assert (ended.access_token_box, ended.refresh_token_box) == (None, None)
    assert sandbox.ledger() == []
    assert Event.objects.get(verb="connection.disconnected").actor == owner.pk


def test_disconnecting_twice_finds_nothing(connected: Connection, owner: User) -> None:
    browser = signed_in_as(owner)
    url = reverse("connections:disconnect", args=[connected.pk])
    browser.post(url)
    assert browser.post(url).status_code == 404


def test_an_administrator_can_end_anybodys_connection(connected: Connection, administrator: User) -> None:
    browser = signed_in_as(administrator)
    url = reverse("connections:disconnect", args=[connected.pk])
    assert "Olive Owner" in words(browser.get(url))
    browser.post(url)
    assert Connection.objects.get().state == Connection.State.DISCONNECTED


def test_the_worker_is_free_for_somebody_else_afterwards(
    connected: Connection, owner: User, colleague: User, tenant: Tenant
) -> None:
    signed_in_as(owner).post(reverse("connections:disconnect", args=[connected.pk]))
    assert connect(signed_in_as(colleague), tenant, "manager").status_code == 303


def test_the_list_offers_to_connect_again(connected: Connection, owner: User) -> None:
    browser = signed_in_as(owner)
    browser.post(reverse("connections:disconnect", args=[connected.pk]))
    page = words(browser.get(reverse("connections:list")))
    assert "Not connected" in page
    assert "Helena Brandt" not in page.replace("Disconnected from", "")
