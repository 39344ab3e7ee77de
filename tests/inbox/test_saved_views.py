from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import User
from connections.models import Connection
from inbox.models import SavedView
from tests.conftest import make_task

pytestmark = pytest.mark.django_db

INBOX = "/inbox/"


def _save(client: Client, **form: str) -> str:
    answer = client.post("/inbox/views/save", form)
    assert answer.status_code == 302
    return str(answer["Location"])


def test_a_saved_view_is_one_tap_away(signed_in: Client, connection: Connection, owner: User) -> None:
    make_task(connection, process="Hire: A")

    assert _save(signed_in, name="  Hires   first ", query="kind=Hire&sort=due&junk=1") == "/inbox/?kind=Hire&sort=due"

    assert owner.saved_views.get().name == "Hires first"
    assert '?kind=Hire&amp;sort=due">Hires first</a>' in signed_in.get(INBOX).content.decode()


def test_the_inbox_opens_with_the_default_view_and_all_of_it_stays_within_reach(
    signed_in: Client, connection: Connection
) -> None:
    make_task(connection, process="Hire: A")
    make_task(connection, process="Other")
    _save(signed_in, name="Hires", query="kind=Hire", default="1")

    assert urlsplit(signed_in.get(INBOX)["Location"]).query == "kind=Hire"
    assert {row.task.process for row in signed_in.get(INBOX, {"view": "all"}).context["rows"]} == {"Hire: A", "Other"}


def test_there_is_one_default_and_it_can_be_taken_back(signed_in: Client, owner: User) -> None:
    _save(signed_in, name="One", query="kind=Hire", default="1")
    _save(signed_in, name="Two", query="q=x", default="1")
    two = owner.saved_views.get(name="Two")
    assert list(owner.saved_views.filter(is_default=True)) == [two]

    signed_in.post(f"/inbox/views/{two.pk}/default")

    assert not owner.saved_views.filter(is_default=True).exists()


def test_saving_under_a_known_name_takes_its_place(signed_in: Client, owner: User) -> None:
    _save(signed_in, name="Mine", query="kind=Hire")
    _save(signed_in, name="Mine", query="q=x")

    assert owner.saved_views.get().query == "q=x"


def test_a_view_without_a_name_is_not_saved(signed_in: Client, owner: User) -> None:
    _save(signed_in, name="  ", query="kind=Hire")

    assert not owner.saved_views.exists()
    assert "Give the view a name" in signed_in.get(INBOX).content.decode()


@pytest.mark.parametrize("what", ["default", "remove"])
def test_nobody_touches_another_persons_view(client: Client, owner: User, colleague: User, what: str) -> None:
    view = SavedView.objects.create(user=owner, name="Mine", query="q=x")
    client.force_login(colleague)

    assert client.post(f"/inbox/views/{view.pk}/{what}").status_code == 404
    assert "Mine" not in client.get(INBOX).content.decode()


def test_a_view_can_be_removed(signed_in: Client, owner: User) -> None:
    view = SavedView.objects.create(user=owner, name="Mine", query="q=x")

    signed_in.post(f"/inbox/views/{view.pk}/remove")

    assert not owner.saved_views.exists()
