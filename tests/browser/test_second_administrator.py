"""Two administrators agree about where a tenant points to, each in a browser of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.pages import Complaints, sign_in
from tests.browser.test_reach import SCHEMES, WIDTHS, at
from tests.system import TENANT, System

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.attack("T25")]

ELSEWHERE = {
    "#id_rest_endpoint": "https://wd5-impl-services1.workday.com/ccx/api/v1/acme_implementation",
    "#id_token_endpoint": "https://wd5-impl-services1.workday.com/ccx/oauth2/acme_implementation/token",
    "#id_authorization_endpoint": "https://impl.workday.com/acme_implementation/authorize",
    "#id_client_secret": "a-made-up-client-secret",
}


@pytest.fixture
def asking(page: Page, system: System) -> Iterator[Page]:
    """The administrator, while there is a second one."""
    sign_in(page, system, "administrator")
    _press_at_employee(page, "Make administrator")
    yield page
    _press_at_employee(page, "Remove as administrator")


@pytest.fixture
def confirming(asking: Page, browser: Browser, system: System) -> Iterator[Page]:
    with browser.new_context(base_url=system.url, reduced_motion="reduce") as context:
        context.set_default_timeout(15_000)
        second = context.new_page()
        sign_in(second, system, "employee")
        yield second


def test_one_asks_and_the_other_reads_and_refuses(asking: Page, confirming: Page, complaints: Complaints) -> None:
    asking.goto(f"/tenants/{TENANT}/")
    for field, value in ELSEWHERE.items():
        asking.locator(field).fill(value)
    asking.locator("#id_environment").select_option("implementation")
    asking.get_by_role("button", name="Save", exact=True).click()
    expect(asking.locator("#messages")).to_contain_text("until another administrator confirms")
    confirming.goto("/tenants/")
    confirming.get_by_role("link", name="Acme (sandbox)", exact=True).click()
    row = confirming.get_by_role("row", name="Workday REST API Endpoint")
    expect(row).to_contain_text(ELSEWHERE["#id_rest_endpoint"])
    assert barriers(confirming) == []
    confirming.get_by_role("button", name="Refuse it").click()
    expect(confirming.locator("#messages")).to_contain_text("is dropped")
    expect(confirming.locator("#change")).to_have_count(0)
    assert complaints.found == []


def barriers(page: Page) -> list[str]:
    found: list[str] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme} {line}" for width in WIDTHS for line in at(page, width)]
    return found


def _press_at_employee(page: Page, button: str) -> None:
    page.goto("/people/")
    page.get_by_role("link", name="Emil Employee").click()
    page.get_by_role("button", name=button).click()
