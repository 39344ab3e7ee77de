"""Somebody works through their inbox without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import Complaints, connect, decidable, sign_in
from tests.browser.test_reach import SCHEMES, WIDTHS, at
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

FOCUSED_ROW = "document.activeElement.closest('.task')?.id ?? ''"
FOCUSED = "document.activeElement.tagName"
IN_VIEW = """row => { const { top, bottom } = row.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight }"""


@pytest.fixture
def inbox(page: Page, system: System) -> Page:
    """A manager in front of more than one page of tasks."""
    sign_in(page, system, "manager")
    connect(page, system.sandbox.people()["manager"]["name"])
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("waiting")
    page.reload()
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go_to(page: Page, row: Locator) -> None:
    """With j alone, as often as it takes."""
    wanted = row.get_attribute("id")
    for _ in range(25):
        press(page, "j")
        if page.evaluate(FOCUSED_ROW) == wanted:
            return
    pytest.fail(f"j never came to {wanted}")


def rows_of(page: Page) -> list[str]:
    return [str(found) for found in page.locator("li.task").evaluate_all("rows => rows.map(row => row.id)")]


def test_j_and_k_go_from_task_to_task_and_stay_in_view(inbox: Page) -> None:
    rows = rows_of(inbox)
    press(inbox, "j", "j", "j", "k")
    assert inbox.evaluate(FOCUSED_ROW) == rows[1]
    press(inbox, *["j"] * 12)
    assert inbox.evaluate(FOCUSED_ROW) == rows[13]
    assert inbox.locator(f"li[id='{rows[13]}']").evaluate(IN_VIEW)
    press(inbox, *["k"] * 14)
    assert inbox.evaluate(FOCUSED_ROW) == rows[0]
    expect(inbox.locator("#announce")).to_have_text("This is the first task.")


def test_a_approves_the_task_in_focus_and_u_takes_it_back(inbox: Page, system: System, complaints: Complaints) -> None:
    system.sandbox.clear_ledger()
    row = decidable(inbox, 0)
    go_to(inbox, row)
    press(inbox, "a")
    expect(row).to_contain_text("Accepted, sending")
    expect(row.locator("h3")).to_be_focused()
    press(inbox, "u")
    expect(row.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    expect(inbox.locator("#announce")).to_contain_text("Undone")
    assert inbox.evaluate(FOCUSED_ROW) == row.get_attribute("id")
    assert [seen for seen in system.sandbox.ledger(path="/ccx/api/") if seen["method"] != "GET"] == []
    assert complaints.found == []


def test_a_without_a_task_in_focus_approves_nothing(inbox: Page) -> None:
    press(inbox, "a")
    expect(inbox.locator("#announce")).to_contain_text("No task is chosen.")
    expect(inbox.get_by_text("Accepted, sending")).to_have_count(0)


def test_r_leads_to_the_reason_and_no_key_does_anything_while_it_is_typed(inbox: Page) -> None:
    row = decidable(inbox, 0)
    go_to(inbox, row)
    press(inbox, "r")
    reason = row.get_by_label("Comment for Workday")
    expect(reason).to_be_focused()
    inbox.keyboard.type("a jar/? bulk")
    expect(reason).to_have_value("a jar/? bulk")
    expect(row.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    press(inbox, "Escape")
    expect(reason).to_be_hidden()
    assert inbox.evaluate(FOCUSED_ROW) == row.get_attribute("id")


def test_b_asks_where_the_task_can_go_back_to(inbox: Page) -> None:
    go_to(inbox, decidable(inbox, 0))
    press(inbox, "b")
    expect(inbox.get_by_role("heading", level=1)).to_have_text("Send back")


def test_x_chooses_the_task_in_focus(inbox: Page) -> None:
    row = decidable(inbox, 0)
    go_to(inbox, row)
    press(inbox, "x")
    expect(row.get_by_role("checkbox")).to_be_checked()
    expect(inbox.locator("#announce")).to_contain_text("Chosen: ")
    press(inbox, "x")
    expect(row.get_by_role("checkbox")).not_to_be_checked()


def test_enter_opens_the_task_and_the_keys_mean_it_there_too(inbox: Page) -> None:
    row = decidable(inbox, 0)
    go_to(inbox, row)
    press(inbox, "Enter")
    opened = inbox.locator("#pane").get_by_role("heading", level=2)
    expect(opened).to_have_text(row.locator("h3").inner_text())
    opened.focus()
    press(inbox, "r")
    expect(inbox.locator("#pane").get_by_label("Comment for Workday")).to_be_focused()


def test_a_slash_leads_to_the_search_and_escape_back_to_the_task(inbox: Page) -> None:
    press(inbox, "j", "j", "/")
    expect(inbox.locator("#q")).to_be_focused()
    expect(inbox.locator("#q")).to_have_value("")
    press(inbox, "Escape")
    assert inbox.evaluate(FOCUSED_ROW) == rows_of(inbox)[1]


def test_the_help_opens_with_its_key_and_its_button_and_has_no_barrier(inbox: Page) -> None:
    dialog = inbox.get_by_role("dialog", name="Keyboard shortcuts")
    press(inbox, "j", "?")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()
    press(inbox, "j", "a")
    expect(inbox.get_by_text("Accepted, sending")).to_have_count(0)
    found = []
    for scheme in SCHEMES:
        inbox.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {line}" for width in WIDTHS for line in at(inbox, width)]
    assert found == []
    press(inbox, "Escape")
    expect(dialog).to_be_hidden()
    assert inbox.evaluate(FOCUSED_ROW) == rows_of(inbox)[0]
    inbox.get_by_role("button", name="Keyboard shortcuts").click()
    expect(dialog).to_be_visible()


def test_the_browsers_own_shortcuts_stay_its_own(inbox: Page) -> None:
    row = decidable(inbox, 0)
    go_to(inbox, row)
    for held in ("Control", "Alt", "Meta"):
        press(inbox, f"{held}+a")
    expect(row.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    expect(inbox.get_by_text("Accepted, sending")).to_have_count(0)


def test_whoever_turned_shortcuts_off_has_none(inbox: Page) -> None:
    turn_shortcuts(inbox, on=False)
    inbox.goto("/inbox/")
    press(inbox, "j", "?")
    assert inbox.evaluate(FOCUSED) == "BODY"
    expect(inbox.get_by_role("dialog")).to_have_count(0)
    expect(inbox.get_by_role("button", name="Keyboard shortcuts")).to_have_count(0)
    turn_shortcuts(inbox, on=True)


def turn_shortcuts(page: Page, *, on: bool) -> None:
    page.goto("/profile/")
    page.get_by_label("Keyboard shortcuts").set_checked(on)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#messages")).to_contain_text("saved")


def test_show_more_leads_on_to_the_first_of_the_new_tasks(inbox: Page) -> None:
    # What was decided lately stands below, and the new ones come between.
    waiting = inbox.locator("[aria-labelledby=waiting] li.task")
    shown = waiting.count()
    inbox.locator("#more a").focus()
    press(inbox, "Enter")
    expect(waiting.nth(shown)).to_be_attached()
    expect(waiting.nth(shown).locator("h3")).to_be_focused()


def test_the_head_keeps_the_focus_when_it_is_brought_up_to_date(inbox: Page, system: System) -> None:
    waiting = system.sandbox.people()["manager"]["tasks"]
    tab = inbox.get_by_role("link", name="Decided")
    tab.focus()
    # As a press of another finger would: the focus stays where it is.
    decidable(inbox, 0).get_by_role("button", name="Approve", exact=True).evaluate("button => button.click()")
    expect(inbox.locator("#head")).to_contain_text(f"{waiting - 1} waiting", timeout=30_000)
    expect(tab).to_be_focused()
