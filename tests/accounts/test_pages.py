"""What every page has in common: its frame, its error pages and the promises of its content security policy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from accounts.models import User

TEMPLATES = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
STATIC = settings.BASE_DIR / "static"


def test_administrators_alone_are_shown_their_pages(as_owner: Client, as_administrator: Client) -> None:
    links = [reverse("connections:tenants"), reverse("accounts:people")]
    own, theirs = (client.get(reverse("accounts:profile")).content.decode() for client in (as_owner, as_administrator))
    assert [f'href="{link}"' in own for link in links] == [False, False]
    assert [f'href="{link}"' in theirs for link in links] == [True, True]


def test_the_page_one_is_on_is_marked(as_owner: Client) -> None:
    page = as_owner.get(reverse("connections:list")).content.decode()
    assert re.findall(r'<a href="([^"]+)" aria-current="page">', page) == [reverse("connections:list")]


def test_the_demo_says_on_every_page_that_nothing_reaches_workday(client: Client, as_owner: Client) -> None:
    for page in (
        client.get(reverse("account_login")),
        as_owner.get(reverse("accounts:profile")),
        as_owner.get("/nope"),
    ):
        assert "Nothing here reaches Workday." in page.content.decode()


def test_every_script_carries_the_nonce_of_its_answer(as_owner: Client) -> None:
    answer = as_owner.get(reverse("accounts:profile"))
    nonces = re.findall(r'<script [^>]*nonce="([^"]+)"', answer.content.decode())
    assert len(nonces) == answer.content.count(b"<script") == 3
    assert f"'nonce-{nonces[0]}'" in answer["Content-Security-Policy"]
    assert len(set(nonces)) == 1


def test_the_icon_is_linked_so_that_no_browser_asks_for_a_missing_one(client: Client, db: None) -> None:
    assert re.search(
        r'<link rel="icon" href="/static/icon[^"]*\.svg"', client.get(reverse("account_login")).content.decode()
    )


def test_a_missing_page_says_what_to_do(as_owner: Client) -> None:
    answer = as_owner.get("/no/such/page")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.content.decode()
    assert "Go to the inbox" in answer.content.decode()


def test_a_form_without_its_token_is_refused_in_plain_words(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post(reverse("accounts:profile"), {"name": "Changed"})
    owner.refresh_from_db()
    assert answer.status_code == 403
    assert "This page was too old to be trusted" in answer.content.decode()
    assert owner.name == "Olive Owner"


def test_a_failure_on_our_side_shows_a_page_that_needs_nothing(client: Client) -> None:
    # The database is refused to this test, so the sign-in page fails before and the error page must not ask for it.
    client.raise_request_exception = False
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    answer = client.get(reverse("accounts:profile"))
    assert answer.status_code == 500
    assert "Something went wrong on our side" in answer.content.decode()


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_no_template_breaks_the_content_security_policy(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", text)
    assert all("nonce=" in script for script in re.findall(r"<script[^>]*>", text))
    assert not re.search(r'(?:src|href)="(?:https?:)?//', text)


def test_the_style_sheet_stays_hand_sized_and_asks_nobody_else() -> None:
    css = (STATIC / "app.css").read_text()
    assert len(css.encode()) < 24_000
    assert "url(" not in css
    assert "@import" not in css
