"""The inbox in one hand: a small screen, a thumb, and what people set their devices to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from tests.browser.pages import connect, decidable, sign_in
from tests.browser.test_reach import TOO_WIDE
from tests.system import System

pytestmark = [pytest.mark.browser, pytest.mark.system]

PHONE = ViewportSize(width=360, height=740)
# The narrowest that a page has to fit into without scrolling sideways (WCAG 1.4.10).
NARROWEST = ViewportSize(width=320, height=640)
PATHS = ("/inbox/", "/inbox/decided", "/inbox/attention", "/connections/", "/profile/")
# Links within a sentence are as high as its line; whatever stands alone has to be as high as a thumb needs.
PRESSED = "button, summary, select, .button, .site a, .tabs a, .chip, .choose"
TOO_SMALL = """pressed => [...document.querySelectorAll(pressed)]
  .filter(each => each.checkVisibility() && !each.closest(".unseen"))
  .filter(each => each.getBoundingClientRect().height < 44)
  .map(each => `${each.tagName} ${each.textContent.trim()} ${each.getBoundingClientRect().height}`)"""
# The spacing that people may set for themselves (WCAG 1.4.12).
SPACING = """* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }
p { margin-bottom: 2em !important }"""
CLIPPED = """() => [...document.querySelectorAll(".button, .task h3, .task .meta, .tabs a, .chip, label")]
  .filter(each => each.checkVisibility() && !each.closest(".unseen") && !each.classList.contains("unseen"))
  .filter(each => each.scrollWidth > each.clientWidth + 1 && getComputedStyle(each).overflow !== "visible")
  .map(each => each.textContent.trim())"""
OUTLINE = "element => [getComputedStyle(element).outlineStyle, getComputedStyle(element).outlineWidth]"
MOVING = """() => [...document.querySelectorAll("*")].filter(each => {
  const { transitionDuration, animationName } = getComputedStyle(each);
  return parseFloat(transitionDuration) > 0 || animationName !== "none" }).length"""


@pytest.fixture
def phone(browser: Browser, system: System) -> Iterator[Page]:
    """A manager's phone with the inbox on it."""
    with browser.new_context(
        base_url=system.url, viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True
    ) as context:
        context.set_default_timeout(15_000)
        page = context.new_page()
        sign_in(page, system, "manager")
        connect(page, system.sandbox.people()["manager"]["name"])
        page.goto("/inbox/")
        expect(page.locator("#head")).to_contain_text("waiting")
        page.reload()
        yield page


def middle(of: Locator) -> float:
    box = of.bounding_box()
    assert box
    return box["y"] + box["height"] / 2


def test_whatever_a_thumb_presses_is_large_enough(phone: Page) -> None:
    decidable(phone, 0).locator("summary").tap()
    found = phone.evaluate(TOO_SMALL, PRESSED)
    for path in PATHS[1:]:
        phone.goto(path)
        found += phone.evaluate(TOO_SMALL, PRESSED)
    assert found == []


def test_no_page_scrolls_sideways_on_the_narrowest_screen(phone: Page) -> None:
    phone.set_viewport_size(NARROWEST)
    wide = {}
    for path in PATHS:
        phone.goto(path)
        wide[path] = phone.evaluate(TOO_WIDE)
    assert wide == dict.fromkeys(PATHS, 0)


def test_the_way_to_the_first_task_is_short(phone: Page) -> None:
    heading = phone.get_by_role("heading", level=1)
    assert abs(middle(heading) - middle(phone.get_by_role("button", name="Refresh"))) < 10
    header = phone.locator("header.site").bounding_box()
    assert header
    assert header["height"] <= 60
    assert middle(phone.locator("li.task h3").first) < PHONE["height"]


def test_a_task_is_approved_with_a_thumb(phone: Page) -> None:
    row = decidable(phone, 0)
    row.get_by_role("button", name="Approve", exact=True).tap()
    expect(row).to_contain_text("Accepted, sending")
    row.get_by_role("button", name="Undo").tap()
    expect(row.get_by_role("button", name="Approve", exact=True)).to_be_visible()


def test_wider_spacing_of_text_hides_nothing(phone: Page) -> None:
    phone.locator("summary", has_text="Filter and order").tap()
    # Set as a person's own style sheet is: past the page's content security policy.
    phone.evaluate(
        "css => { const own = new CSSStyleSheet(); own.replaceSync(css); document.adoptedStyleSheets = [own] }", SPACING
    )
    assert phone.evaluate(TOO_WIDE) == 0
    assert phone.evaluate(CLIPPED) == []


def test_the_focus_is_seen_in_forced_colours_too(phone: Page) -> None:
    phone.emulate_media(forced_colors="active")
    phone.keyboard.press("j")
    focused = phone.locator("li.task").first
    assert focused.evaluate(OUTLINE) == ["solid", "3px"]
    phone.keyboard.press("Tab")
    assert phone.locator(":focus").evaluate(OUTLINE) == ["solid", "3px"]


def test_nothing_moves_for_those_who_asked_for_that(phone: Page) -> None:
    phone.emulate_media(reduced_motion="no-preference")
    assert phone.evaluate(MOVING) > 0
    phone.emulate_media(reduced_motion="reduce")
    assert phone.evaluate(MOVING) == 0


def test_the_pages_can_be_installed(phone: Page) -> None:
    devtools = phone.context.new_cdp_session(phone)
    told = devtools.send("Page.getAppManifest")
    assert told["url"].endswith("/manifest.webmanifest")
    assert told["errors"] == []
    found = {error["errorId"] for error in devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]}
    # A browser under test keeps nothing, and says so in this way.
    assert found <= {"in-incognito"}
