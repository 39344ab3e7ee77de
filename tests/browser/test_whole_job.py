from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.pages import Complaints, connect, decidable, show_all, sign_in
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

CONFIRMED_SECONDS = 30
REASON = "Please book the cheaper train."
DEFAULT_COMMENT = "Approved with Countersign."


def test_a_person_connects_sees_all_tasks_approves_one_and_rejects_one(
    system: System, page: Page, complaints: Complaints
) -> None:
    manager = system.sandbox.people()["manager"]
    sign_in(page, system, "manager")
    system.sandbox.clear_ledger()
    connect(page, manager["name"])
    see_all(page, manager["tasks"])
    page.evaluate("window.neverReloaded = true")
    # The second one lies beyond the first page of the list.
    approved, rejected = decidable(page, 0), decidable(page, 30)
    headlines = [headline(approved), headline(rejected)]
    approve(approved)
    reject(rejected)
    confirmed(approved, "Approved")
    confirmed(rejected, "Rejected")
    assert page.evaluate("window.neverReloaded")
    assert complaints.found == []
    writes = writes_in(system)
    assert [told(write) for write in writes] == [
        ("approve", DEFAULT_COMMENT, manager["id"], "user", 201),
        ("deny", REASON, manager["id"], "user", 201),
    ]
    assert [headline_at_workday(system, write) for write in writes] == headlines
    assert {write["token"] for write in writes} == {token_of_connecting(system)}
    assert system.sandbox.people()["manager"]["tasks"] == manager["tasks"] - 2


def see_all(page: Page, count: int) -> None:
    """Workday serves a hundred at a time, and we show a part of them at a time."""
    assert count > 100
    page.get_by_role("link", name="Inbox").click()
    expect(page.locator("#head")).to_contain_text(f"{count} waiting")
    page.reload()
    show_all(page)
    expect(page.locator("li.task")).to_have_count(count)


def approve(row: Locator) -> None:
    row.get_by_role("button", name="Approve", exact=True).click()
    expect(row).to_contain_text("Accepted, sending")
    expect(row.get_by_role("button", name="Undo")).to_be_visible()
    expect(row).not_to_contain_text("Approved")


def reject(row: Locator) -> None:
    """First without a reason, which is refused beside the field; blanks are what was typed, and stay."""
    row.locator("summary").click()
    comment = row.get_by_label("Comment for Workday")
    comment.fill("  ")
    row.get_by_role("button", name="Reject", exact=True).click()
    expect(row.locator(".errorlist")).to_have_text("Say why you reject this; Workday passes it on.")
    expect(comment).to_have_attribute("aria-invalid", "true")
    expect(comment).to_have_value("  ")
    comment.fill(REASON)
    row.get_by_role("button", name="Reject", exact=True).click()
    expect(row).to_contain_text("Accepted, sending")


def confirmed(row: Locator, word: str) -> None:
    expect(row.locator(".badge")).to_have_text(word, timeout=1000 * CONFIRMED_SECONDS)
    expect(row).to_contain_text("confirmed by Workday at")


def headline(row: Locator) -> str:
    return row.locator("h3").inner_text()


def writes_in(system: System) -> list[dict[str, Any]]:
    """Everything that the tenant was asked to change, oldest first."""
    return [seen for seen in system.sandbox.ledger(path="/ccx/api/") if seen["method"] != "GET"]


def told(write: dict[str, Any]) -> tuple[str, str, str, str, int]:
    verb = write["path"].rsplit("/", 1)[-1]
    return verb, write["body"]["comment"], write["worker"]["id"], write["grant"], write["status"]


def headline_at_workday(system: System, write: dict[str, Any]) -> str:
    step = system.sandbox.task(write["path"].split("/")[-2])
    return str(step["overallProcess"]["descriptor"])


def token_of_connecting(system: System) -> str:
    """The token that the connection was made with, as a fingerprint: who am I is asked once, right after consent."""
    asked = [seen for seen in system.sandbox.ledger(path="/workers/me", method="GET") if seen["grant"] == "user"]
    return str(next(seen["token"] for seen in asked if seen["path"].endswith("/workers/me")))
