"""What is left of an authorization code and its state in the browser and in the logs of a running system: nothing."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from playwright.sync_api import Page, Request

from tests.browser.pages import connect, sign_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.attack("T17")]


class Callback:
    """The request with which the browser came back, and what it was answered with."""

    def __init__(self, page: Page) -> None:
        self.requests: list[Request] = []
        self.seen: list[Request] = []
        page.on("request", self._hear)

    def _hear(self, request: Request) -> None:
        self.seen.append(request)
        if "/oauth/callback" in request.url:
            self.requests.append(request)

    @property
    def secrets(self) -> list[str]:
        """The code and the state, as they stood in the address and unquoted."""
        [request] = self.requests
        query = parse_qs(urlsplit(request.url).query)
        values = [query["code"][0], query["state"][0]]
        return [*values, *map(quote, values)]


@pytest.fixture
def callback(page: Page, system: System) -> Callback:
    """A whole connect flow of a person who has none yet."""
    heard = Callback(page)
    sign_in(page, system, "colleague")
    connect(page, system.sandbox.people()["colleague"]["name"])
    return heard


def history(page: Page) -> list[str]:
    """Every address in the tab's history, as the browser itself keeps it."""
    entries = page.context.new_cdp_session(page).send("Page.getNavigationHistory")["entries"]
    return [entry["url"] for entry in entries]


def in_any(texts: list[str], secrets: list[str]) -> list[str]:
    return [text for text in texts if any(secret in text for secret in secrets)]


def logs(system: System) -> dict[Path, str]:
    return {path: path.read_text(errors="replace") for path in (system.folder / "log").rglob("*") if path.is_file()}


def test_no_code_and_no_state_stays_behind(page: Page, system: System, callback: Callback) -> None:
    secrets = callback.secrets
    [came_back] = callback.requests
    answer = came_back.response()
    assert answer is not None
    assert answer.status == 303
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["location"] == "/connections/"
    assert len(history(page)) > 2
    # Workday's own page is there too, with the state that it was asked with and that is used up by now.
    assert in_any(history(page), secrets[:1]) == []
    assert in_any([url for url in history(page) if url.startswith(system.url)], secrets) == []
    known = [page.evaluate("document.referrer"), page.evaluate("JSON.stringify(performance.getEntries())")]
    assert in_any(known, secrets) == []
    after = callback.seen[callback.seen.index(came_back) + 1 :]
    assert after
    assert in_any([str(request.all_headers()) + request.url for request in after], secrets) == []
    assert {urlsplit(request.url).netloc for request in after} == {system.address}
    written = logs(system)
    assert any("GET /oauth/callback/" in text for text in written.values())
    assert in_any(list(written.values()), secrets) == []


@pytest.mark.parametrize(("path", "way_out"), [("callback", "Connections"), ("callback/a.b", "Go to the inbox")])
def test_a_refused_answer_keeps_its_address_to_itself(page: Page, system: System, path: str, way_out: str) -> None:
    heard = Callback(page)
    sign_in(page, system, "employee")
    page.goto(f"/oauth/{path}?state=canary-state&code=canary-code")
    page.get_by_role("main").get_by_role("link", name=way_out).click()
    page.wait_for_url(lambda url: "/oauth/" not in url)
    sent = heard.seen[heard.seen.index(heard.requests[0]) + 1 :]
    assert sent
    assert in_any([str(request.all_headers()) + request.url for request in sent], ["canary-"]) == []
    assert page.evaluate("document.referrer") in ("", f"{system.url}/")
    assert in_any(list(logs(system).values()), ["canary-"]) == []


@pytest.mark.attack("T13")
@pytest.mark.parametrize("payload", ["a%0d%0aforged", "%1b[31mforged", "%ff%feforged", "%E2%80%A8forged"])
def test_gunicorns_own_log_keeps_an_odd_address_on_one_line(system: System, payload: str) -> None:
    before = {path: len(text) for path, text in logs(system).items()}
    url = f"{system.url}/oauth/callback/{payload}?error_description=canary%0d%0aforged"
    assert requests.get(url, timeout=10).status_code in (400, 404)
    new = "".join(text[before.get(path, 0) :] for path, text in logs(system).items())
    lines = [line for line in new.splitlines() if "forged" in line]
    assert lines
    assert [line for line in lines if "/oauth/callback/" not in line or not line.isprintable()] == []
    assert "canary" not in new


def test_somebody_can_still_sign_out_on_a_refusal(page: Page, system: System) -> None:
    sign_in(page, system, "employee")
    page.goto("/oauth/callback?state=x&code=y")
    page.locator("#person-menu").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")
    page.goto("/inbox/")
    assert "/account/login/" in page.url
