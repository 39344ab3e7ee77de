"""A session ends while somebody works: they sign in again, are back where they were, and have lost nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Complaints, connect, decidable, sign_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

ADDRESS = "/inbox/?view=all&sort=due"
REASON = "Please book the cheaper train."


@pytest.fixture
def inbox(page: Page, system: System) -> Page:
    sign_in(page, system, "manager")
    connect(page, system.sandbox.people()["manager"]["name"])
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("waiting")
    page.goto(ADDRESS)
    return page


def lapse(page: Page) -> None:
    """As hours do it; the cookie of the form protection lives on."""
    page.context.clear_cookies(name="countersign_session")


def sign_in_again(page: Page, system: System, account: str) -> None:
    """On the page that asks for it."""
    page.locator("input[name=login]").fill(f"{account}@demo.example")
    page.locator("input[name=password]").fill(system.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")


def type_a_reason(page: Page) -> str:
    row = decidable(page, 0)
    row.locator("summary").first.click()
    row.get_by_label("Comment for Workday").fill(REASON)
    return str(row.get_attribute("id"))


def test_what_was_typed_is_there_again_and_nothing_was_sent(
    inbox: Page, system: System, complaints: Complaints
) -> None:
    system.sandbox.clear_ledger()
    row = inbox.locator(f"li[id='{type_a_reason(inbox)}']")
    lapse(inbox)
    row.get_by_role("button", name="Reject", exact=True).click()
    expect(inbox.get_by_role("button", name="Sign in")).to_be_visible()
    sign_in_again(inbox, system, "manager")
    assert inbox.url.endswith(ADDRESS)
    expect(row.get_by_label("Comment for Workday")).to_have_value(REASON)
    expect(row.get_by_label("Comment for Workday")).to_be_focused()
    expect(inbox.locator("#messages")).to_contain_text("Nothing was sent")
    assert inbox.evaluate("sessionStorage.getItem('typed')") is None
    assert [seen for seen in system.sandbox.ledger(path="/ccx/api/") if seen["method"] != "GET"] == []
    assert complaints.found == []


def test_a_look_for_news_asks_to_sign_in_and_keeps_what_was_typed(inbox: Page, system: System) -> None:
    row = type_a_reason(inbox)
    lapse(inbox)
    inbox.evaluate("htmx.trigger('#poll', 'wake')")
    expect(inbox.get_by_role("button", name="Sign in")).to_be_visible()
    sign_in_again(inbox, system, "manager")
    expect(inbox.locator(f"li[id='{row}'] textarea")).to_have_value(REASON)


def test_nobody_else_gets_to_see_it(inbox: Page, system: System) -> None:
    type_a_reason(inbox)
    lapse(inbox)
    inbox.evaluate("htmx.trigger('#poll', 'wake')")
    expect(inbox.get_by_role("button", name="Sign in")).to_be_visible()
    sign_in_again(inbox, system, "employee")
    assert REASON not in inbox.content()
    assert inbox.evaluate("sessionStorage.getItem('typed')") is None


def test_the_words_for_a_task_that_is_gone_are_told(inbox: Page, system: System) -> None:
    row = type_a_reason(inbox)
    lapse(inbox)
    inbox.evaluate("htmx.trigger('#poll', 'wake')")
    expect(inbox.get_by_role("button", name="Sign in")).to_be_visible()
    inbox.evaluate("row => { sessionStorage.typed = sessionStorage.typed.replace(row, 'gone') }", row)
    sign_in_again(inbox, system, "manager")
    expect(inbox.locator("#messages")).to_contain_text(REASON)


def test_refresh_leads_back_to_the_page_it_is_on(inbox: Page, system: System) -> None:
    lapse(inbox)
    inbox.get_by_role("button", name="Refresh").click()
    sign_in_again(inbox, system, "manager")
    assert inbox.url.endswith(ADDRESS)
