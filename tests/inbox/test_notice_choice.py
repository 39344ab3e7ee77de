"""The page on which a person chooses their mails about tasks."""

from __future__ import annotations

import datetime

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from connections.models import Connection
from inbox.models import NoticeChoice
from tests.conftest import make_task

pytestmark = pytest.mark.django_db

MAILS = "/inbox/mails"
CHOICE = {"how": "daily", "daily_at": "9", "quiet_from": "22", "quiet_until": "7"}


def _page(client: Client) -> str:
    return client.get(MAILS).content.decode()


def test_nobody_gets_mails_before_they_ask_for_them(signed_in: Client) -> None:
    assert signed_in.get(MAILS).context["form"].initial["how"] == "off"
    assert not NoticeChoice.objects.exists()


def test_a_choice_is_kept_and_shown_again(signed_in: Client, owner: User, connection: Connection) -> None:
    make_task(connection, process="Hire: Tom")
    make_task(connection, process="Absence Request: Ines")

    answer = signed_in.post(MAILS, {**CHOICE, "kinds_off": ["Hire"], "with_titles": "on"}, follow=True)

    choice = NoticeChoice.objects.get(user=owner)
    assert "Your choice is saved." in answer.content.decode()
    assert (choice.how, choice.daily_at, choice.quiet_from, choice.quiet_until) == ("daily", 9, 22, 7)
    assert (choice.kinds_off, choice.with_titles) == (["Hire"], True)
    assert answer.context["form"].initial["kinds_off"] == ["Hire"]


def test_the_hours_are_those_of_the_readers_device_or_profile(signed_in: Client, owner: User) -> None:
    signed_in.cookies["time_zone"] = "Asia/Tokyo"
    assert "Hours are those of Asia/Tokyo" in _page(signed_in)

    signed_in.post(MAILS, CHOICE)

    choice = NoticeChoice.objects.get()
    assert choice.device_zone == "Asia/Tokyo"
    assert choice.next_at is not None
    assert choice.next_at.astimezone(datetime.timezone(datetime.timedelta(hours=9))).hour == 9


def test_only_another_way_of_being_told_begins_anew(signed_in: Client) -> None:
    long_ago = timezone.now() - datetime.timedelta(days=9)
    signed_in.post(MAILS, CHOICE)
    NoticeChoice.objects.update(chosen_at=long_ago)

    signed_in.post(MAILS, {**CHOICE, "daily_at": "10"})
    assert NoticeChoice.objects.get().chosen_at == long_ago

    signed_in.post(MAILS, {**CHOICE, "how": "at_once"})
    assert NoticeChoice.objects.get().chosen_at > long_ago


@pytest.mark.parametrize(
    "wrong", [{"how": "hourly"}, {"daily_at": "24"}, {"quiet_from": "-1"}, {"quiet_until": "x"}, {"kinds_off": "Nope"}]
)
def test_what_is_no_choice_is_refused_beside_its_field(
    signed_in: Client, connection: Connection, wrong: dict[str, str]
) -> None:
    make_task(connection)

    answer = signed_in.post(MAILS, {**CHOICE, **wrong})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)
    assert not NoticeChoice.objects.exists()


def test_only_ones_own_kinds_are_offered(
    signed_in: Client, connection: Connection, colleague_connection: Connection
) -> None:
    make_task(connection, process="<b>Hire</b>: Tom")
    make_task(colleague_connection, process="Termination: Ines")

    page = _page(signed_in)

    assert "&lt;b&gt;Hire&lt;/b&gt;" in page
    assert "Termination" not in page


def test_a_kind_that_was_switched_off_stays_on_the_list(signed_in: Client, owner: User) -> None:
    NoticeChoice.objects.create(user=owner, kinds_off=["Hire"])

    assert "Hire" in _page(signed_in)


def test_the_choice_is_the_readers_own(client: Client, owner: User, colleague: User, stranger: User) -> None:
    for person in (owner, colleague, stranger):
        client.force_login(person)
        client.post(MAILS, {**CHOICE, "user": str(owner.pk), "daily_at": "5" if person == owner else "6"})

    hours = {choice.user: choice.daily_at for choice in NoticeChoice.objects.all()}
    assert hours == {owner: 5, colleague: 6, stranger: 6}


def test_without_a_mail_server_the_page_says_so(signed_in: Client, settings: LazySettings) -> None:
    assert "No mail server is set up" in _page(signed_in)
    settings.EMAIL_HOST = "mail.example.test"
    assert "No mail server is set up" not in _page(signed_in)


def test_the_profile_leads_here_and_signed_out_nothing_does(signed_in: Client) -> None:
    assert f'href="{MAILS}"' in signed_in.get(reverse("accounts:profile")).content.decode()
    signed_in.logout()
    assert signed_in.get(MAILS)["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("tasks", [1, 30])
def test_the_page_costs_a_fixed_number_of_queries(
    signed_in: Client, connection: Connection, tasks: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(tasks):
        make_task(connection, process=f"Kind {number % 3}: x")

    with django_assert_num_queries(4):
        _page(signed_in)
