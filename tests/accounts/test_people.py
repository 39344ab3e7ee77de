from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from audit.models import Event

PEOPLE = reverse("accounts:people")
ADD = reverse("accounts:add_person")


def test_the_list_shows_everybody_with_role_and_state(as_administrator: Client, owner: User) -> None:
    page = as_administrator.get(PEOPLE).content.decode()
    assert owner.email in page
    assert "No password yet" in page
    assert "Administrator" in page


def test_only_administrators_see_that_the_list_exists(as_owner: Client, administrator: User) -> None:
    answers = [
        as_owner.get(PEOPLE),
        as_owner.get(ADD),
        as_owner.get(reverse("accounts:person", args=[administrator.pk])),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert administrator.email not in answers[2].content.decode()


def test_a_signed_out_visitor_is_sent_to_sign_in(client: Client) -> None:
    answer = client.get(PEOPLE)
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))


def test_people_are_found_by_part_of_a_name_or_address(as_administrator: Client, owner: User, stranger: User) -> None:
    page = as_administrator.get(PEOPLE, {"q": "olive"}).content.decode()
    assert owner.email in page
    assert stranger.email not in page
    assert stranger.email in as_administrator.get(PEOPLE, {"q": "STRANGER@"}).content.decode()


def test_adding_a_person_shows_a_link_once_and_sends_no_mail_without_a_server(as_administrator: Client) -> None:
    answer = as_administrator.post(ADD, {"email": "New.Person@Example.test", "name": "New Person"})
    person = User.objects.get(email="new.person@example.test")
    assert "/account/password/reset/key/" in answer.content.decode()
    assert "No mail was sent" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    assert not person.has_usable_password()
    assert not person.is_administrator
    assert mail.outbox == []
    assert "/reset/key/" not in as_administrator.get(reverse("accounts:person", args=[person.pk])).content.decode()


def test_adding_a_person_mails_the_link_when_a_server_is_set_up(as_administrator: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.test"
    answer = as_administrator.post(ADD, {"email": "new@example.test", "name": "New"})
    assert "was also mailed to new@example.test" in answer.content.decode()
    [message] = mail.outbox
    assert message.to == ["new@example.test"]
    assert f"{settings.PUBLIC_URL}/account/password/reset/key/" in message.body


def test_a_mail_server_that_fails_does_not_lose_the_link(as_administrator: Client, settings: Settings) -> None:
    settings.EMAIL_HOST = settings.EMAIL_HOST_USER = ""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = as_administrator.post(ADD, {"email": "new@example.test", "name": "New"})
    assert "No mail was sent" in answer.content.decode()
    assert "/reset/key/" in answer.content.decode()


@pytest.mark.parametrize("email", ["owner@example.test", "OWNER@example.test"])
def test_an_address_is_added_once_whatever_its_capitals(as_administrator: Client, owner: User, email: str) -> None:
    answer = as_administrator.post(ADD, {"email": email, "name": "Again"})
    assert answer.status_code == 422
    assert "Somebody signs in with this address already." in answer.content.decode()
    assert 'value="Again"' in answer.content.decode()
    assert User.objects.filter(email__iexact=email).count() == 1


def test_adding_is_in_the_audit_record_without_the_link(as_administrator: Client, administrator: User) -> None:
    as_administrator.post(ADD, {"email": "new@example.test", "name": "New"})
    person = User.objects.get(email="new@example.test")
    events = Event.objects.filter(subject=person.pk).order_by("id")
    assert [event.verb for event in events] == ["person.added", "person.password_link_made"]
    assert {event.actor for event in events} == {administrator.pk}
    assert [event.data for event in events] == [{}, {}]


def test_an_owner_cannot_add_anybody(as_owner: Client) -> None:
    assert as_owner.post(ADD, {"email": "new@example.test"}).status_code == 404
    assert not User.objects.filter(email="new@example.test").exists()
