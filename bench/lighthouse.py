"""`make lighthouse`: rate the inbox of a signed-in person with npm's lighthouse, as on a mid-range telephone.

It runs on plain http://127.0.0.1, which Lighthouse takes for as good as HTTPS; nothing here says how an installation's
own TLS is set up. The part "performance" is simulated from what the machine measures, so a busy one rates lower.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Any

from playwright.sync_api import BrowserContext, expect, sync_playwright

from dev import browser as browsers
from dev import node as nodes
from dev import ports
from dev.problems import CommandError
from tests.browser.pages import connect, sign_in
from tests.system import System

FOLDER = Path(__file__).parent / "lighthouse"
GOALS = {"accessibility": 100, "best-practices": 100, "performance": 95}
RATE_SECONDS = 120


def main() -> int:
    """Returns 1 when a goal is missed. Raises CommandError without browser or Lighthouse."""
    signal.signal(signal.SIGTERM, _stop)
    chromium = browsers.find()
    if chromium is None:
        raise CommandError("No Chromium was found; set CHROMIUM to one.")
    try:
        node = nodes.find()
        nodes.install(node, FOLDER)
    except nodes.Unavailable as reason:
        raise CommandError(f"No Lighthouse: {reason}.") from None
    return _told(_rated(chromium, node))


def _rated(chromium: str, node: str) -> dict[str, Any]:
    """What Lighthouse says of the inbox in a browser whose person has signed in before."""
    with ExitStack() as stack:
        system = stack.enter_context(System())
        profile = stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-lighthouse-"))
        playwright = stack.enter_context(sync_playwright())
        context = stack.enter_context(
            playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium, base_url=system.url, args=["--remote-debugging-port=0"]
            )
        )
        _fill_inbox(context, system)
        # Chromium itself says which port it took, on the first line.
        port = (Path(profile) / "DevToolsActivePort").read_text().split()[0]
        return _ask(node, f"{system.url}/inbox/", port, Path(profile) / "rated.json")


def _fill_inbox(context: BrowserContext, system: System) -> None:
    page = context.new_page()
    sign_in(page, system, "manager")
    connect(page, system.sandbox.people()["manager"]["name"])
    page.goto("/inbox/")
    expect(page.locator("#head")).to_contain_text("waiting", timeout=30_000)
    page.close()


def _ask(node: str, url: str, port: str, report: Path) -> dict[str, Any]:
    """Raises CommandError when it does not come to an end."""
    program = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
    wishes = [f"--only-categories={','.join(GOALS)}", "--output=json", f"--output-path={report}", "--quiet"]
    browser = [f"--port={port}", f"--hostname={ports.HOST}", "--disable-storage-reset", "--no-enable-error-reporting"]
    try:
        done = subprocess.run(
            [node, program, url, *wishes, *browser], capture_output=True, text=True, timeout=RATE_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"Lighthouse did not come to an end within {RATE_SECONDS} s.") from None
    if done.returncode:
        raise CommandError(f"Lighthouse failed: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(report.read_text())
    return found


def _told(rated: dict[str, Any]) -> int:
    if problem := rated.get("runtimeError"):
        raise CommandError(f"Lighthouse could not rate the page: {problem['message']}")
    if not rated["finalDisplayedUrl"].endswith("/inbox/"):
        raise CommandError(f"Lighthouse came to {rated['finalDisplayedUrl']} and not to the inbox.")
    scores = {name: round(100 * rated["categories"][name]["score"]) for name in GOALS}
    for name, goal in GOALS.items():
        for audit in _lacking(rated, name) if scores[name] < goal else []:
            print(f"{name}: {audit}")
    verdicts = [f"{name} {scores[name]} (goal {goal})" for name, goal in GOALS.items()]
    print(f"lighthouse {rated['lighthouseVersion']}: {'; '.join(verdicts)}")
    return 0 if all(scores[name] >= goal for name, goal in GOALS.items()) else 1


def _lacking(rated: dict[str, Any], name: str) -> list[str]:
    """The titles of what costs points in this category."""
    counted = [each["id"] for each in rated["categories"][name]["auditRefs"] if each["weight"]]
    audits = [rated["audits"][each] for each in counted]
    return [
        f"{each['title']} {each.get('displayValue', '')}".rstrip()
        for each in audits
        if each["score"] is not None and each["score"] < 0.9
    ]


def _stop(number: int, frame: FrameType | None) -> None:
    """To be told to stop ends this as an error does, and with it all that was started."""
    sys.exit(128 + number)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CommandError as problem:
        sys.exit(str(problem))
