"""What a person does on the pages, and what the browser has to say about them."""

from __future__ import annotations

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

from tests.system import TENANT, System

UNPROCESSABLE = "status of 422"


class Complaints:
    """All that the browser's console has complained about: errors, warnings, broken content security policy.

    The browser itself reports every answer of 4xx there, so the one to a rejection without a reason is expected.
    """

    def __init__(self, page: Page) -> None:
        self.found: list[str] = []
        page.on("console", self._hear)
        page.on("pageerror", self._fail)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and UNPROCESSABLE not in message.text:
            self.found.append(message.text)

    def _fail(self, error: Error) -> None:
        self.found.append(str(error))


def sign_in(page: Page, system: System, account: str) -> None:
    page.goto("/")
    page.locator("input[name=login]").fill(f"{account}@demo.example")
    page.locator("input[name=password]").fill(system.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Inbox")


def connect(page: Page, worker: str) -> None:
    """Through the consent page of the sandbox tenant and back."""
    page.get_by_role("link", name="Connections").click()
    page.locator(f"#connect-{TENANT}").click()
    page.get_by_label(worker).check()
    page.get_by_role("button", name="Allow").click()
    expect(page.locator("#messages")).to_contain_text(f"as {worker}")


def show_all(page: Page) -> None:
    """Press "Show more" until there is no more."""
    rows = page.locator("li.task")
    while page.locator("#more a").count():
        shown = rows.count()
        page.locator("#more a").click()
        expect(rows.nth(shown)).to_be_attached()


def decidable(page: Page, nth: int) -> Locator:
    """The nth row that can be decided, known by its id however it changes."""
    row = page.locator("li.task:has(button[value=approve])").nth(nth)
    return page.locator(f"li[id='{row.get_attribute('id')}']")
