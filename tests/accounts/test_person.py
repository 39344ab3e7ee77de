from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event


def change(client: Client, what: str, person: User, wanted: str) -> str:
    """Press one button on the person's page and return the page that follows."""
    answer = client.post(reverse(f"accounts:person_{what}", args=[person.pk]), {"wanted": wanted}, follow=True)
    person.refresh_from_db()
    return answer.content.decode()


def verbs(person: User) -> list[str]:
    return list(Event.objects.filter(subject=person.pk).order_by("id").values_list("verb", flat=True))


def test_an_administrator_makes_another_one_and_takes_it_back(as_administrator: Client, owner: User) -> None:
    assert "Olive Owner is now an administrator." in change(as_administrator, "administrator", owner, "yes")
    assert owner.is_administrator
    assert "Olive Owner is no longer an administrator." in change(as_administrator, "administrator", owner, "no")
    assert not owner.is_administrator
    assert verbs(owner) == ["person.administrator_added", "person.administrator_removed"]


@pytest.mark.parametrize("what", ["administrator", "active"])
def test_nobody_changes_their_own_standing(as_administrator: Client, administrator: User, what: str) -> None:
    page = change(as_administrator, what, administrator, "no")
    assert "You cannot change this for yourself" in page
    assert administrator.is_administrator
    assert administrator.is_active
    assert verbs(administrator) == []


def test_deactivating_ends_every_session_of_that_person_alone(
    as_administrator: Client, as_owner: Client, owner: User
) -> None:
    second = Client()
    second.force_login(owner)
    assert "signed out everywhere" in change(as_administrator, "active", owner, "no")
    for client in (as_owner, second):
        assert client.get(reverse("accounts:profile")).status_code == 302
    assert as_administrator.get(reverse("accounts:people")).status_code == 200
    assert Session.objects.count() == 1
    assert Event.objects.get(subject=owner.pk).data == {"sessions": 2}


def test_a_reactivated_person_signs_in_anew(as_administrator: Client, as_owner: Client, owner: User) -> None:
    change(as_administrator, "active", owner, "no")
    assert "can sign in again" in change(as_administrator, "active", owner, "yes")
    assert as_owner.get(reverse("accounts:profile")).status_code == 302
    assert verbs(owner) == ["person.deactivated", "person.reactivated"]


@pytest.mark.parametrize("what", ["administrator", "active", "link"])
def test_people_without_the_role_change_nobody(as_owner: Client, stranger: User, what: str) -> None:
    answer = as_owner.post(reverse(f"accounts:person_{what}", args=[stranger.pk]), {"wanted": "no"})
    stranger.refresh_from_db()
    assert answer.status_code == 404
    assert stranger.is_active
    assert verbs(stranger) == []


@pytest.mark.parametrize("what", ["administrator", "active", "link"])
def test_a_link_in_a_page_or_mail_changes_nobody(as_administrator: Client, owner: User, what: str) -> None:
    assert as_administrator.get(reverse(f"accounts:person_{what}", args=[owner.pk])).status_code == 405


def test_a_new_link_is_made_for_somebody_without_a_password(as_administrator: Client, owner: User) -> None:
    assert "/account/password/reset/key/" in change(as_administrator, "link", owner, "")


def test_no_link_is_made_for_somebody_who_has_a_password(as_administrator: Client, owner: User) -> None:
    owner.set_password("a quiet harbour town")
    owner.save()
    page = change(as_administrator, "link", owner, "")
    assert "/reset/key/" not in page
    assert "only for an active person who has never set a password" in page
    assert verbs(owner) == []


def test_the_person_page_offers_nothing_about_oneself(as_administrator: Client, administrator: User) -> None:
    page = as_administrator.get(reverse("accounts:person", args=[administrator.pk])).content.decode()
    assert "This is you." in page
    assert 'name="wanted"' not in page
