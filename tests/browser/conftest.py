"""A real Chromium in front of a whole running system.

Nothing here outlives this package: a running Playwright makes Django refuse the database to all later tests.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from dev import browser as browsers
from tests.browser.pages import Complaints
from tests.system import System

# These need no network, and a machine without one has no patience with them.
QUIET = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="package")
def chromium() -> str:
    """The browser's program; without one these tests are skipped, but where CI=true they fail."""
    found = browsers.find()
    if found is None:
        nowhere = f"no Chromium: neither $CHROMIUM nor {', '.join(browsers.NAMES)} on PATH nor in .cache/"
        if os.environ.get("CI") == "true":
            pytest.fail(nowhere)
        pytest.skip(nowhere)
    return found


@pytest.fixture(scope="module")
def system(chromium: str) -> Iterator[System]:
    """One for each file: who is connected as whom, and what is decided, is no other file's business.

    Two seconds to undo are enough to see that one can.
    """
    with System(UNDO_SECONDS="2") as running:
        yield running


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium, args=QUIET) as launched:
        yield launched


@pytest.fixture
def page(browser: Browser, system: System) -> Iterator[Page]:
    """A page of a person who has never been here; patience is 15 s for whatever is waited for.

    Without motion, because a colour on its way to another one has the contrast of neither.
    """
    desktop = ViewportSize(width=1440, height=900)
    with browser.new_context(base_url=system.url, viewport=desktop, reduced_motion="reduce") as context:
        context.set_default_timeout(15_000)
        yield context.new_page()


@pytest.fixture
def complaints(page: Page) -> Complaints:
    return Complaints(page)
