"""An administrator finds out in a browser why a tenant does not work; the worker makes the check-up meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.pages import Complaints, sign_in
from tests.browser.test_reach import SCHEMES, WIDTHS, at
from tests.system import TENANT, System

pytestmark = [pytest.mark.browser, pytest.mark.system]


def test_a_check_up_appears_by_itself_and_has_no_barrier(page: Page, system: System, complaints: Complaints) -> None:
    sign_in(page, system, "administrator")
    page.goto(f"/tenants/{TENANT}/")
    # Long enough for the page to be there before the findings are.
    system.sandbox.fault("*/authorize", "delay", seconds=1.5, times=1)
    page.get_by_role("button", name="Check this tenant").click()
    expect(page.get_by_text("Checking…")).to_be_visible()
    expect(page.get_by_role("row", name="API client Good")).to_be_visible(timeout=30_000)
    expect(page.locator("#announce")).to_contain_text("The check-up is done")
    page.get_by_text("Report for your Workday administrator").click()
    expect(page.locator("#report")).to_contain_text("Redirection URI")
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {line}" for width in WIDTHS for line in at(page, width)]
    assert found == []
    assert complaints.found == []
