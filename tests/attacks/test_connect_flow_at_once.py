"""Fifty copies of one answer arrive at the same moment."""

from __future__ import annotations

import threading
from urllib.parse import urlsplit

import pytest
import requests
from django.conf import LazySettings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from connections.models import Connection
from tests.attacks.server import AuthorizationServer
from tests.connections.conftest import begin, signed_in_as

AT_ONCE = 50


@pytest.mark.attack("T10")
@pytest.mark.django_db(transaction=True)
def test_of_fifty_identical_answers_at_once_one_uses_the_code(
    far: AuthorizationServer, owner: User, live_server: LiveServer, settings: LazySettings
) -> None:
    browser = signed_in_as(owner)
    parts = urlsplit(far.answer(begin(browser, far.register()), "manager"))
    url = f"{live_server.url}{parts.path}?{parts.query}"
    cookies = {settings.SESSION_COOKIE_NAME: browser.cookies[settings.SESSION_COOKIE_NAME].value}
    together = threading.Barrier(AT_ONCE)
    pages: list[requests.Response] = []

    def call() -> None:
        together.wait(30)
        pages.append(requests.get(url, cookies=cookies, allow_redirects=False, timeout=60))

    threads = [threading.Thread(target=call) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(page.status_code for page in pages) == [303] + [400] * (AT_ONCE - 1)
    assert all("Start again" in page.text for page in pages if page.status_code == 400)
    assert len(far.token_requests()) == 1
    assert Connection.objects.count() == 1
