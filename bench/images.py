"""`make images`: pictures of the main pages for the documentation, taken of a running system by a real Chromium."""

from __future__ import annotations

import signal
import sys
from contextlib import ExitStack
from types import FrameType

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from dev import browser as browsers
from dev.problems import CommandError
from dev.state import ROOT
from tests.browser.pages import connect, decidable, sign_in
from tests.system import TENANT, System

FOLDER = ROOT / "docs" / "images"
MOST_BYTES = 150_000
# What the pages say of themselves must not change with every run's port.
PUBLIC_URL = "http://countersign.localhost"
DESKTOP = ViewportSize(width=1200, height=720)
TALL = ViewportSize(width=1040, height=860)
PHONE = ViewportSize(width=390, height=780)


def main() -> int:
    """Returns 1 when a picture is too large to be kept with the code. Raises CommandError without a browser."""
    signal.signal(signal.SIGTERM, _stop)
    chromium = browsers.find()
    if chromium is None:
        raise CommandError("No Chromium was found; set CHROMIUM to one.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        system = stack.enter_context(System(public_url=PUBLIC_URL, UNDO_SECONDS="5"))
        rule = f"--host-resolver-rules=MAP countersign.localhost {system.address}"
        playwright = stack.enter_context(sync_playwright())
        browser = stack.enter_context(playwright.chromium.launch(executable_path=chromium, args=[rule]))
        _picture_a_manager(_new_page(browser, system), system)
        _picture_an_administrator(_new_page(browser, system), system)
    return _told()


def _picture_a_manager(page: Page, system: System) -> None:
    """What most people see: sign-in, consent at the tenant, the inbox and what becomes of decisions."""
    page.goto("/")
    _take(page, "sign-in")
    sign_in(page, system, "manager")
    _picture_consent(page)
    connect(page, system.sandbox.people()["manager"]["name"])
    _take(page, "connections")
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("overdue")
    page.reload()
    _take(page, "inbox")
    _take(page, "inbox-dark", dark=True)
    _take(page, "inbox-phone", PHONE)
    _picture_decisions(page, system)


def _picture_consent(page: Page) -> None:
    page.goto("/connections/")
    page.locator(f"#connect-{TENANT}").click()
    expect(page.get_by_role("button", name="Allow")).to_be_visible()
    _take(page, "consent", ViewportSize(width=720, height=1180))
    page.goto("/inbox/")


def _picture_decisions(page: Page, system: System) -> None:
    """One row of each: approved, rejected, decided elsewhere before, without proof yet, just clicked."""
    shown = page.locator("li.task").evaluate_all("rows => rows.map(row => row.id)")
    steps = dict(zip(shown, system.sandbox.tasks("manager"), strict=False))
    approved, rejected, late, unproven, clicked, typed = (decidable(page, nth) for nth in range(6))
    system.sandbox.decide(steps[late.get_attribute("id")], "manager")
    dropped = f"*/eventSteps/{steps[unproven.get_attribute('id')]}"
    system.sandbox.fault(f"{dropped}/approve", "apply_then_drop", times=1)
    for row in (approved, late, unproven):
        _approve(row)
    _reject(rejected, "Please book the cheaper train.")
    expect(unproven).to_contain_text("checking with Workday", timeout=20_000)
    system.sandbox.fault(dropped, "drop_before")
    for row, words in ((approved, "Approved"), (rejected, "Rejected"), (late, "Already decided")):
        expect(row).to_contain_text(words, timeout=20_000)
    _approve(clicked)
    expect(clicked.get_by_role("button", name="Undo")).to_be_visible()
    _take(page, "decisions", ViewportSize(width=1040, height=742))
    _reject(typed, "")
    expect(typed.locator(".errorlist")).to_be_visible()
    typed.screenshot(path=FOLDER / "reason.png", animations="disabled")


def _picture_an_administrator(page: Page, system: System) -> None:
    sign_in(page, system, "administrator")
    page.goto("/tenants/")
    _take(page, "tenants")
    page.goto("/tenants/new")
    _take(page, "tenant-form", TALL)


def _approve(row: Locator) -> None:
    row.get_by_role("button", name="Approve", exact=True).click()


def _reject(row: Locator, reason: str) -> None:
    row.locator("summary").click()
    row.get_by_label("Comment for Workday").fill(reason)
    row.get_by_role("button", name="Reject", exact=True).click()


def _new_page(browser: Browser, system: System) -> Page:
    context = browser.new_context(
        base_url=system.url, viewport=DESKTOP, reduced_motion="reduce", locale="en-GB", timezone_id="Europe/Berlin"
    )
    return context.new_page()


def _take(page: Page, name: str, size: ViewportSize = DESKTOP, *, dark: bool = False) -> None:
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    page.evaluate("scrollTo(0, 0)")
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled", caret="hide")


def _told() -> int:
    sizes = {path: path.stat().st_size for path in sorted(FOLDER.glob("*.png"))}
    for path, size in sizes.items():
        print(f"{path.relative_to(ROOT)}  {size / 1000:.0f} kB")
    too_large = [path.name for path, size in sizes.items() if size > MOST_BYTES]
    print(f"{len(sizes)} pictures, {len(too_large)} above {MOST_BYTES // 1000} kB {' '.join(too_large)}".rstrip())
    return 1 if too_large else 0


def _stop(number: int, frame: FrameType | None) -> None:
    """To be told to stop ends this as an error does, and with it all that was started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandError as problem:
        sys.exit(str(problem))
