"""Many tasks at once: chosen with boxes, or all that fit, looked at, confirmed, and done at the far side once each."""

from __future__ import annotations

from collections import Counter

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import Complaints, connect, sign_in
from tests.browser.test_reach import SCHEMES, WIDTHS, at
from tests.browser.test_whole_job import writes_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

DONE_MS = 60_000
WORKER = "partner"


@pytest.fixture
def inbox(page: Page, system: System) -> Page:
    """A person with three expense reports and four others, whatever other tests have decided."""
    for task in system.sandbox.tasks(WORKER):
        system.sandbox.delete_task(task)
    system.sandbox.add_tasks(WORKER, 3, kind="expense")
    system.sandbox.add_tasks(WORKER, 4, kind="purchase_order")
    sign_in(page, system, "colleague")
    connect(page, system.sandbox.people()[WORKER]["name"])
    system.sandbox.clear_ledger()
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("7 waiting")
    page.reload()
    return page


def test_ticked_ones_and_a_range_are_approved_once_each(inbox: Page, system: System, complaints: Complaints) -> None:
    inbox.get_by_role("link", name="Purchase Order (4)").click()
    boxes, bar = inbox.locator("input[name=task]"), inbox.locator(".bulk-bar")
    expect(bar).to_be_hidden()
    boxes.nth(0).check()
    boxes.nth(3).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 chosen")
    boxes.nth(2).uncheck()
    expect(bar).to_contain_text("3 chosen")
    assert barriers(inbox) == []
    bar.get_by_role("button", name="Approve…").click()

    expect(inbox.get_by_role("heading", level=1)).to_have_text("Approve 3 tasks?")
    assert barriers(inbox) == []
    inbox.get_by_label("Comment for Workday").fill("All fine.")
    inbox.get_by_role("button", name="Approve 3 tasks").click()

    expect(inbox.locator("#head")).to_contain_text("3 approved", timeout=DONE_MS)
    expect(inbox.locator("li.task .badge")).to_have_text(["Approved"] * 3)
    assert barriers(inbox) == []
    effects = effects_in(system)
    assert {(verb, comment) for verb, _, comment in effects} == {("approve", "All fine.")}
    assert list(effects.values()) == [1, 1, 1]
    assert len(system.sandbox.tasks(WORKER, kind="purchase_order")) == 1
    assert complaints.found == []


def test_all_that_fit_the_filter_are_rejected_once_each(inbox: Page, system: System, complaints: Complaints) -> None:
    wanted = system.sandbox.tasks(WORKER, kind="expense")
    inbox.get_by_role("link", name="Expense Report (3)").click()
    inbox.get_by_label("Choose all 3 that fit").check()
    expect(inbox.locator("input[name=task]:not(:checked)")).to_have_count(0)
    expect(inbox.locator("#chosen")).to_have_text("3 chosen")
    inbox.get_by_role("button", name="Reject…").click()
    button = inbox.get_by_role("button", name="Reject 3 tasks")
    button.click()
    expect(inbox.locator(".errorlist")).to_have_text("Say why you reject these; Workday passes it on.")
    inbox.get_by_label("Comment for Workday").fill("Not this week.")
    button.click()

    expect(inbox.locator("#head")).to_contain_text("3 rejected", timeout=DONE_MS)
    assert effects_in(system) == Counter({("deny", task, "Not this week."): 1 for task in wanted})
    inbox.goto("/inbox/decided")
    expect(inbox.get_by_role("link", name="3 rejected").first).to_be_visible()
    assert complaints.found == []


def test_it_works_without_script(browser: Browser, inbox: Page, system: System) -> None:
    session = inbox.context.storage_state()
    with browser.new_context(base_url=system.url, storage_state=session, java_script_enabled=False) as plain:
        page = plain.new_page()
        page.goto("/inbox/")
        expect(page.locator(".bulk-bar")).to_be_hidden()
        page.locator("input[name=task]").first.check()
        page.locator(".bulk-bar").get_by_role("button", name="Approve…").click()
        page.get_by_role("button", name="Approve 1 task").click()
        expect(page.locator("#head")).to_contain_text("Approving 1")
        page.get_by_role("button", name="Undo all").click()
        expect(page.locator("#messages")).to_contain_text("1 task undone; nothing was sent for them.")
    assert effects_in(system) == Counter()


def barriers(page: Page) -> list[str]:
    found: list[str] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {line}" for width in WIDTHS for line in at(page, width)]
    page.set_viewport_size({"width": 1440, "height": 900})
    return found


def effects_in(system: System) -> Counter[tuple[str, str, str]]:
    """What the tenant was asked to change and accepted: what, about which task, with which words."""
    accepted = [write for write in writes_in(system) if write["status"] < 300]
    return Counter(
        (write["path"].rsplit("/", 1)[-1], write["path"].split("/")[-2], write["body"]["comment"]) for write in accepted
    )
