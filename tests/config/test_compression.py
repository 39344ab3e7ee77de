from __future__ import annotations

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

PROFILE = reverse("accounts:profile")
ASKING = {"accept-encoding": "gzip"}


@pytest.fixture
def as_owner(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_a_page_is_compressed_for_a_browser_that_can_read_it(as_owner: Client) -> None:
    answer = as_owner.get(PROFILE, headers=ASKING)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert "Keyboard shortcuts" in gzip.decompress(answer.content).decode()
    assert "Content-Encoding" not in as_owner.get(PROFILE)


def test_a_page_that_may_repeat_somebody_elses_words_is_not(as_owner: Client) -> None:
    assert "Content-Encoding" not in as_owner.get(f"{reverse('inbox:list')}?q=guess", headers=ASKING)
    assert "Content-Encoding" not in as_owner.post(PROFILE, {"name": "guess", "time_zone": "no"}, headers=ASKING)


def test_two_answers_of_the_same_page_differ_in_length(as_owner: Client) -> None:
    lengths = {len(as_owner.get(PROFILE, headers=ASKING).content) for _ in range(8)}
    assert len(lengths) > 1
