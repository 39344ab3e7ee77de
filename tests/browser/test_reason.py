"""A reason that an administrator made ready, from its page to the comment that Workday gets."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Complaints, connect, decidable, sign_in
from tests.browser.test_reach import SCHEMES, WIDTHS, at
from tests.browser.test_whole_job import told, writes_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

WORKER = "executive"
REASON, OTHER = "The dates overlap with another absence.", "The receipt is missing."


def test_a_reason_that_was_made_ready_fills_the_comment_and_reaches_workday(
    page: Page, system: System, complaints: Complaints
) -> None:
    system.sandbox.add_tasks(WORKER, 2, kind="expense")
    sign_in(page, system, "administrator")
    for text in (REASON, OTHER):
        make_ready(page, text)
    connect(page, system.sandbox.people()[WORKER]["name"])
    system.sandbox.clear_ledger()
    page.goto("/inbox/")
    row = decidable(page, 0)
    row.locator("summary").click()
    comment = row.get_by_label("Comment for Workday")
    expect(comment).to_be_focused()
    comment.fill("See the plan.")
    choice = row.get_by_label("Ready-made reason")
    choice.select_option(label=OTHER)
    expect(comment).to_have_value(f"{OTHER}\nSee the plan.")
    choice.select_option(label=REASON)
    expect(comment).to_have_value(f"{REASON}\nSee the plan.")
    assert barriers(page) == []
    row.get_by_role("button", name="Reject", exact=True).click()
    expect(row.locator(".badge")).to_have_text("Rejected", timeout=30_000)
    assert [told(write)[:2] for write in writes_in(system)] == [("deny", f"{REASON}\nSee the plan.")]
    for text in (REASON, OTHER):
        remove(page, text)
    assert complaints.found == []


def make_ready(page: Page, text: str) -> None:
    page.goto("/operations/reasons/")
    page.get_by_label("Reason", exact=True).fill(text)
    page.get_by_role("button", name="Add the reason").click()
    expect(page.get_by_role("link", name=text)).to_be_visible()


def remove(page: Page, text: str) -> None:
    page.goto("/operations/reasons/")
    page.get_by_role("row", name=text).get_by_role("button", name="Remove").click()
    expect(page.locator("#messages")).to_contain_text("The reason is removed.")


def barriers(page: Page) -> list[str]:
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {line}" for width in WIDTHS for line in at(page, width)]
    return found
