from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Complaints, connect, sign_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]


def test_somebody_without_approvals_sees_where_their_requests_are_and_finishes_a_to_do(
    system: System, page: Page, complaints: Complaints
) -> None:
    employee = system.sandbox.people()["employee"]
    sign_in(page, system, "employee")
    connect(page, employee["name"])
    see_where_a_request_is(page)
    finish_the_to_do(page, system)
    assert complaints.found == []


def see_where_a_request_is(page: Page) -> None:
    page.goto("/inbox/")
    page.get_by_role("link", name="My requests").click()
    absences = page.locator("li.task", has_text="Absence Request")
    expect(absences.first).to_contain_text("Approval by Manager: with Helena Brandt since")
    absences.first.get_by_role("link").click()
    expect(page.locator("#request .guide")).to_contain_text("Initiation")
    expect(page.locator("#request .guide li[aria-current=step]")).to_contain_text("with Helena Brandt")
    page.get_by_role("link", name="My requests").click()
    page.get_by_role("link", name="Over").click()
    expect(page.locator("#requests")).to_contain_text("Nothing here fits")


def finish_the_to_do(page: Page, system: System) -> None:
    page.goto("/inbox/?step=To+Do")
    row = page.locator("li.task", has=page.get_by_role("button", name="Done"))
    row = page.locator(f"li[id='{row.get_attribute('id')}']")
    system.sandbox.clear_ledger()
    row.get_by_role("button", name="Done").click()
    expect(row).to_contain_text("Accepted, sending")
    expect(row.locator(".badge")).to_have_text("Done", timeout=30_000)
    [write] = [seen for seen in system.sandbox.ledger(path="/ccx/api/") if seen["method"] != "GET"]
    assert (write["path"].rsplit("/", 1)[-1], write["status"], write["grant"]) == ("toDo", 201, "user")
