from __future__ import annotations

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.links import make_password_link
from accounts.models import User

PASSWORD = "a quiet harbour town"


@pytest.fixture
def member(owner: User) -> User:
    owner.set_password(PASSWORD)
    owner.save()
    return owner


def sign_in(client: Client, email: str, password: str = PASSWORD) -> str:
    answer = client.post(reverse("account_login"), {"login": email, "password": password}, follow=True)
    return answer.content.decode()


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("accounts:profile")).status_code == 200


def test_the_sign_in_page_says_which_installation_this_is(client: Client, db: None) -> None:
    page = client.get(reverse("account_login"), headers={"host": "localhost"}).content.decode()
    assert "Countersign at <strong>localhost</strong>" in page
    assert "not your Workday password" in page


def test_capitals_in_the_address_do_not_matter(client: Client, member: User) -> None:
    sign_in(client, "OWNER@Example.test")
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client, member: User) -> None:
    known = sign_in(client, member.email, "not the password")
    unknown = sign_in(client, "nobody@example.test", "not the password")
    told = [re.findall(r'role="alert">(.*?)</div>', page, re.S) for page in (known, unknown)]
    assert told[0] == told[1] != []


def test_a_deactivated_person_is_not_let_in(client: Client, member: User) -> None:
    member.is_active = False
    member.save()
    sign_in(client, member.email)
    assert not is_signed_in(client)


def test_signing_out_needs_a_press_of_the_button(as_owner: Client) -> None:
    assert "Sign out" in as_owner.get(reverse("account_logout")).content.decode()
    assert is_signed_in(as_owner)
    as_owner.post(reverse("account_logout"))
    assert not is_signed_in(as_owner)


def test_nobody_signs_up_by_themselves(client: Client, db: None) -> None:
    fields = {"email": "new@example.test", "password1": PASSWORD, "password2": PASSWORD}
    assert "Administrators add people" in client.post(reverse("account_signup"), fields).content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize("path", ["/account/email/", "/account/confirm-email/", "/account/login/code/confirm/"])
def test_pages_of_the_sign_in_package_that_make_no_sense_here_are_absent(as_owner: Client, path: str) -> None:
    assert as_owner.get(path).status_code == 404


def test_a_set_password_link_works_once(client: Client, owner: User) -> None:
    link = make_password_link(owner, by=None)
    form = client.get(link, follow=True)
    answer = client.post(form.request["PATH_INFO"], {"password1": PASSWORD, "password2": PASSWORD}, follow=True)
    assert "Your password is set" in answer.content.decode()
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()
    sign_in(client, owner.email)
    assert is_signed_in(client)


def test_the_link_asks_for_a_good_password(client: Client, owner: User) -> None:
    form = client.get(make_password_link(owner, by=None), follow=True)
    answer = client.post(form.request["PATH_INFO"], {"password1": "short", "password2": "short"})
    assert "at least 12 characters" in answer.content.decode()
    owner.refresh_from_db()
    assert not owner.has_usable_password()


def test_a_tampered_link_is_refused(client: Client, owner: User, stranger: User) -> None:
    link = make_password_link(owner, by=None).replace(owner.pk.hex, stranger.pk.hex)
    assert "This link no longer works" in client.get(link, follow=True).content.decode()


def test_changing_the_password_ends_other_sessions(client: Client, member: User) -> None:
    other = Client()
    other.force_login(member)
    client.force_login(member)
    fields = {"oldpassword": PASSWORD, "password1": "another quiet town", "password2": "another quiet town"}
    client.post(reverse("account_change_password"), fields)
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_without_a_mail_server_the_forgotten_password_page_says_whom_to_ask(client: Client, member: User) -> None:
    answer = client.post(reverse("account_reset_password"), {"email": member.email})
    assert "sends no mail" in answer.content.decode()
    assert mail.outbox == []


@pytest.mark.parametrize(("email", "subject"), [("owner@example.test", "Set a new"), ("no@example.test", "No account")])
def test_a_forgotten_password_reads_the_same_for_every_address(
    client: Client, member: User, settings: Settings, email: str, subject: str
) -> None:
    settings.EMAIL_HOST = "mail.example.test"
    answer = client.post(reverse("account_reset_password"), {"email": email}, follow=True)
    assert "Look into your mail" in answer.content.decode()
    assert email not in answer.content.decode()
    [message] = mail.outbox
    assert subject in message.subject
    assert message.subject.startswith("Countersign: ")
