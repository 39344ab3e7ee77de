from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from connections.models import Tenant
from tests.sandbox.process import SandboxProcess

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about, such as a breach of the Content-Security-Policy."""
    return []


@pytest.fixture
def page(
    live_server: LiveServer, client: Client, owner: User, settings: LazySettings, complaints: list[str]
) -> Iterator[Page]:
    """The owner, signed in, in a real browser."""
    # Playwright's event loop makes Django believe that this test's own queries are asynchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    settings.PUBLIC_URL = live_server.url
    client.force_login(owner)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(base_url=live_server.url)
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield page
        browser.close()
    end_other_sessions()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def end_other_sessions() -> None:
    """The live server's threads keep their database sessions, which would hold up the removal of the database."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_person_connects_with_two_clicks(
    page: Page, tenant: Tenant, sandbox: SandboxProcess, complaints: list[str]
) -> None:
    sandbox.register(client_id="app-client", client_secret="canary-client-secret", redirect_uri=tenant.redirect_uri)
    page.goto(reverse("connections:list"))
    page.get_by_role("button", name="Connect Acme").click()
    page.wait_for_url(f"{sandbox.url}/**")
    page.get_by_role("button", name="Allow").click()
    expect(page.get_by_text("Connected to Acme as Helena Brandt.")).to_be_visible()
    assert page.url.endswith(reverse("connections:list"))
    assert complaints == []
