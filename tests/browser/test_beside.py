"""One task with all that Workday tells of it: beside the list on wide screens, on a page of its own elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import Complaints, connect, decidable, sign_in
from tests.browser.test_reach import at
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

OWN_ADDRESS = re.compile(r"/inbox/tasks/[0-9a-f-]{36}/$")


@pytest.fixture
def inbox(page: Page, system: System) -> Page:
    """The inbox of the partner, who has tasks of several kinds."""
    sign_in(page, system, "manager")
    connect(page, system.sandbox.people()["manager"]["name"])
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("waiting")
    page.goto("/inbox/?kind=Absence+Request")
    return page


def title(row: Locator) -> Locator:
    return row.locator("h3 a")


def test_a_task_opens_beside_the_list_and_the_next_one_follows_a_decision(
    inbox: Page, system: System, complaints: Complaints
) -> None:
    first, second = decidable(inbox, 0), decidable(inbox, 1)
    pane = inbox.locator("#pane")
    inbox.evaluate("window.neverReloaded = true")

    title(first).click()
    expect(pane.get_by_role("heading", level=2)).to_have_text(title(first).inner_text())
    expect(pane).to_contain_text("Details as of")
    expect(pane.get_by_role("heading", name="Time off")).to_be_visible()
    expect(inbox).to_have_url(OWN_ADDRESS)
    expect(title(first)).to_have_attribute("aria-current", "true")

    pane.get_by_role("button", name="Approve", exact=True).click()
    expect(pane.get_by_role("heading", level=2)).to_have_text(title(second).inner_text())
    expect(first.locator(".badge")).to_have_text("Approved", timeout=30_000)
    expect(pane).to_contain_text("Details as of")
    barriers = at(inbox, 1440)

    inbox.go_back()
    expect(pane).to_be_empty()
    expect(inbox).to_have_url(re.compile(r"/inbox/\?kind="))
    assert barriers == []
    assert inbox.evaluate("window.neverReloaded")
    assert complaints.found == []


def test_what_is_typed_beside_the_list_stays_while_everything_else_is_brought_up_to_date(inbox: Page) -> None:
    pane = inbox.locator("#pane")
    title(decidable(inbox, 2)).click()
    pane.locator("summary").click()
    pane.get_by_label("Comment for Workday").fill("The dates overlap.")
    expect(pane).to_contain_text("Details as of")

    inbox.evaluate("lookNow()")
    inbox.wait_for_timeout(1500)

    expect(pane.get_by_label("Comment for Workday")).to_have_value("The dates overlap.")


def test_on_a_telephone_it_is_a_page_of_its_own_with_the_buttons_at_the_thumb(
    inbox: Page, complaints: Complaints
) -> None:
    inbox.set_viewport_size({"width": 360, "height": 740})
    title(decidable(inbox, 3)).click()

    expect(inbox).to_have_url(OWN_ADDRESS)
    expect(inbox.get_by_role("heading", level=1)).not_to_have_text("Inbox")
    expect(inbox.locator("main")).to_contain_text("Details as of")
    approve = inbox.get_by_role("button", name="Approve", exact=True)
    expect(approve).to_be_in_viewport(ratio=1)
    assert at(inbox, 360) == []

    approve.click()
    expect(inbox.locator("#decide .badge")).to_have_text("Approved", timeout=30_000)
    inbox.go_back()
    expect(inbox.get_by_role("heading", level=1)).to_have_text("Inbox")
    assert complaints.found == []
