"""`python -m bench.icons`: draw static/icon.svg in the sizes that phones and desktops ask for, by a real Chromium."""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from dev import browser as browsers
from dev.problems import CommandError
from dev.state import ROOT

STATIC = ROOT / "static"
GROUND = "#0d5c75"


@dataclass(frozen=True, slots=True)
class Icon:
    """A square picture of `size` pixels; `part` of its width is the drawing, the rest ground to cut a shape from."""

    name: str
    size: int
    part: float = 1.0


# What is maskable keeps its drawing within the inner 80 % (W3C, Web App Manifest, "Icon masks and safe zone").
ICONS = (
    Icon("icon-192.png", 192),
    Icon("icon-512.png", 512),
    Icon("icon-maskable-512.png", 512, 0.75),
    Icon("icon-touch-180.png", 180, 0.9),
)


def main() -> int:
    """Raises CommandError without a browser."""
    chromium = browsers.find()
    if chromium is None:
        raise CommandError("No Chromium was found; set CHROMIUM to one.")
    with sync_playwright() as playwright, playwright.chromium.launch(executable_path=chromium) as browser:
        for icon in ICONS:
            _draw(browser, icon)
    return 0


def _draw(browser: Browser, icon: Icon) -> None:
    page = browser.new_page(viewport=ViewportSize(width=icon.size, height=icon.size))
    drawing = base64.b64encode((STATIC / "icon.svg").read_bytes()).decode()
    side = icon.size * icon.part
    ground = GROUND if icon.part < 1 else "transparent"
    style = f"margin:0;height:100vh;display:grid;place-items:center;background:{ground}"
    image = f'<img src="data:image/svg+xml;base64,{drawing}" width="{side}" height="{side}">'
    page.set_content(f'<body style="{style}">{image}</body>')
    page.screenshot(path=STATIC / icon.name, omit_background=True)
    page.close()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandError as problem:
        sys.exit(str(problem))
