"""Pages for everybody: with a screen reader, in the dark, on a telephone."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.pages import Complaints, connect, sign_in
from tests.system import TENANT, System

pytestmark = [pytest.mark.browser, pytest.mark.system]

WIDTHS = (360, 1440)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SIGNED_OUT = ("/account/login/", "/account/password/reset/")
SIGNED_IN = (
    "/inbox/",
    "/inbox/?q=e&here=yes&sort=due",
    "/inbox/decided",
    "/inbox/attention",
    "/inbox/requests",
    "/inbox/mails",
    "/inbox/?whose=isu",
    "/operations/reasons/",
    "/connections/",
    f"/connections/{TENANT}/",
    "/tenants/",
    f"/tenants/{TENANT}/people/",
    "/tenants/new",
    "/people/",
    "/profile/",
)
# Axe leaves this rule of WCAG 2.2 (2.5.8, level AA) out unless it is asked for.
TARGET_SIZE = {"rules": {"target-size": {"enabled": True}}}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture
def signed_in(page: Page, system: System) -> Page:
    """An administrator, who sees every page, with an inbox that has tasks in it."""
    sign_in(page, system, "administrator")
    # A worker whom no other test connects: one worker is one person here, and these tests share a system.
    system.sandbox.add_tasks("executive", 5)
    connect(page, system.sandbox.people()["executive"]["name"])
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("waiting")
    return page


def test_sign_in_pages_have_no_barrier_and_fit_every_screen(page: Page, complaints: Complaints) -> None:
    assert findings(page, SIGNED_OUT) == []
    assert complaints.found == []


def test_all_pages_behind_have_no_barrier_and_fit_every_screen(signed_in: Page, complaints: Complaints) -> None:
    assert findings(signed_in, SIGNED_IN) == []
    assert complaints.found == []


def test_the_field_for_a_reason_has_no_barrier(signed_in: Page) -> None:
    signed_in.locator("li.task summary").first.click()
    signed_in.locator("li.task button[value=reject]").first.click()
    expect(signed_in.locator(".errorlist")).to_be_visible()
    assert [found for width in WIDTHS for found in at(signed_in, width)] == []


def findings(page: Page, paths: tuple[str, ...]) -> list[str]:
    """What stands in anybody's way, on any of these pages, in either scheme, at either width."""
    found: list[str] = []
    for path in paths:
        page.goto(path)
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            found += [f"{path} {scheme} {line}" for width in WIDTHS for line in at(page, width)]
    return found


def at(page: Page, width: int) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    too_wide = page.evaluate(TOO_WIDE)
    barriers = [f"{width} px: {line}" for line in barriers_of(page)]
    return [*barriers, *([f"{width} px: {too_wide} px too wide"] if too_wide > 0 else [])]


def barriers_of(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page, options=TARGET_SIZE).response["violations"]
    return [f"{each['id']} at {node['target']}: {node['html'][:120]}" for each in found for node in each["nodes"]]
