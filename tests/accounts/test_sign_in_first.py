from __future__ import annotations

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

REFRESH = reverse("inbox:refresh")


def way_back(answer_location: str) -> str:
    path, _, query = answer_location.partition("?")
    assert path == reverse("account_login")
    return str(QueryDict(query)["next"])


@pytest.mark.django_db
def test_a_page_is_where_signing_in_leads_back_to(client: Client) -> None:
    answer = client.get("/inbox/?sort=due")
    assert way_back(answer["Location"]) == "/inbox/?sort=due"


@pytest.mark.django_db
def test_what_was_posted_leads_back_to_the_page_of_its_form(client: Client) -> None:
    answer = client.post(REFRESH, headers={"referer": "http://testserver/inbox/?sort=due#task"})
    assert way_back(answer["Location"]) == "/inbox/?sort=due"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "elsewhere",
    [
        "",
        "https://attacker.example/inbox/",
        "http://testserver.attacker.example/",
        "//testserver",
        "javascript:1",
        "http://[/inbox/",
    ],
)
def test_a_post_from_nowhere_leads_back_to_the_beginning(client: Client, elsewhere: str) -> None:
    answer = client.post(REFRESH, headers={"referer": elsewhere} if elsewhere else {})
    assert way_back(answer["Location"]) == reverse("home")
