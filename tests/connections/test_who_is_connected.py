"""As whom somebody is connected: Workday's own lasting id decides, and the person is shown it and can object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from connections import linking
from connections.models import Connection, Tenant
from tests.connections.conftest import begin, connect, signed_in_as, words
from tests.connections.scripted_workday import ScriptedWorkday, scripted_workday

HELENA, KWAME = "a" * 32, "b" * 32


@pytest.fixture
def workday(settings: LazySettings) -> Iterator[ScriptedWorkday]:
    with scripted_workday() as script:
        settings.WORKDAY_PLAIN_ORIGINS = [script.url]
        script.is_asked_by(HELENA, "Helena Brandt")
        yield script


@pytest.fixture
def scripted(workday: ScriptedWorkday, administrator: User) -> Tenant:
    return workday.register(administrator)


def come_through(browser: Client, tenant: Tenant) -> Any:
    """Out and back with a code that a server without a consent page would give."""
    state = parse_qs(urlsplit(begin(browser, tenant)).query)["state"][0]
    return browser.get(reverse("connections:callback", args=[tenant.key]), {"state": state, "code": "c"})


@pytest.mark.attack("T12")
def test_a_worker_who_is_renamed_is_the_same_worker(workday: ScriptedWorkday, scripted: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    assert come_through(browser, scripted).status_code == 303
    before = owner.connections.get()
    workday.is_asked_by(HELENA, "Helena Brandt-Okafor")
    assert come_through(browser, scripted).status_code == 303
    after = owner.connections.get()
    assert (after.pk, after.worker_name) == (before.pk, "Helena Brandt-Okafor")


@pytest.mark.attack("T12")
def test_a_namesake_is_somebody_else(workday: ScriptedWorkday, scripted: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    come_through(browser, scripted)
    workday.is_asked_by(KWAME, "Helena Brandt")
    assert come_through(browser, scripted).status_code == 400
    assert owner.connections.get().worker_wid == HELENA


@pytest.mark.attack("T12")
def test_two_people_of_one_name_are_both_connected(
    workday: ScriptedWorkday, scripted: Tenant, owner: User, colleague: User
) -> None:
    come_through(signed_in_as(owner), scripted)
    workday.is_asked_by(KWAME, "Helena Brandt")
    assert come_through(signed_in_as(colleague), scripted).status_code == 303
    assert set(Connection.objects.values_list("worker_wid", flat=True)) == {HELENA, KWAME}


@pytest.mark.attack("T12")
@pytest.mark.parametrize("wid", ["Employee_ID=21005", "helena@example.test", "", "a" * 33, "A" * 32, "g" * 32, None, 7])
def test_only_a_wid_tells_who_somebody_is(workday: ScriptedWorkday, scripted: Tenant, owner: User, wid: object) -> None:
    workday.is_asked_by(wid, "Helena Brandt")  # type: ignore[arg-type]  # Nor need the answer have the right type.
    page = come_through(signed_in_as(owner), scripted)
    assert page.status_code == 400
    assert "did not answer as it should" in words(page)
    assert not Connection.objects.exists()


@pytest.mark.attack("T11")
def test_the_first_time_a_person_is_asked_whether_that_is_them(tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    page = browser.get(connect(browser, tenant)["Location"])
    undo = reverse("connections:disconnect", args=[owner.connections.get().pk])
    assert f'Connected to Acme as Helena Brandt. <a href="{undo}">Not you? Disconnect</a>' in words(page)
    assert browser.get(undo).status_code == 200


@pytest.mark.attack("T11")
def test_after_disconnecting_it_is_the_first_time_again(connected: Connection, tenant: Tenant, owner: User) -> None:
    linking.disconnect(connected, owner)
    browser = signed_in_as(owner)
    assert "Not you?" in words(browser.get(connect(browser, tenant, "colleague")["Location"]))


def test_who_reconnects_as_the_same_worker_is_not_asked(connected: Connection, tenant: Tenant, owner: User) -> None:
    browser = signed_in_as(owner)
    page = words(browser.get(connect(browser, tenant)["Location"]))
    assert "Connected to Acme as Helena Brandt." in page
    assert "Not you?" not in page


def test_a_name_of_markup_is_shown_as_text(workday: ScriptedWorkday, scripted: Tenant, owner: User) -> None:
    workday.is_asked_by(HELENA, "<script>alert(1)</script>")
    browser = signed_in_as(owner)
    page = browser.get(come_through(browser, scripted)["Location"]).content.decode()
    assert "<script>alert" not in page
    assert "as &lt;script&gt;alert(1)&lt;/script&gt;." in page
