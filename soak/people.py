"""The people at their keyboards: they decide, double-click, change their minds, and note what they were answered.

Run as `python -m soak.people FACTS`, a JSON file; clicks until the time told there, then keeps broken connections
mended until it is told to stop.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import requests

from soak import page
from soak.browser import Browser, SignedOut
from soak.elsewhere import Elsewhere
from soak.far_side import FarSide
from soak.notes import Notebook
from soak.page import Form
from soak.places import ACCOUNTS, Account

# How people click, by weight. What happens elsewhere happens right before the click, so the page is out of date.
STORIES = {
    "plain": 66,
    "send back": 6,
    "double click": 5,
    "both tabs at once": 3,
    "undo": 5,
    "opposite click": 5,
    "decided before": 2,
    "decided after": 3,
    "edited before": 2,
    "reassigned before": 2,
    "deleted before": 1,
}
OPPOSITE = {"approve": "reject", "reject": "approve"}
FEW, MANY, ADDED = 8, 25, 8
LOOK_SECONDS = 1.0
RECONNECT_SECONDS = 2.0


class Clicker:
    """One person, bounded to `rate` clicks per second."""

    def __init__(self, account: Account, facts: dict[str, Any], notebook: Notebook, stop: threading.Event) -> None:
        self.account = account
        self._facts, self._stop = facts, stop
        self._rng = random.Random(f"{facts['seed']}:{account.email}")
        self._browser = Browser(facts["url"], account, notebook)
        far = FarSide(facts["far_sides"][account.place.sandbox])
        self._elsewhere = Elsewhere(account, far, facts["database_url"], notebook)
        self._next = time.monotonic()

    def run(self) -> None:
        """Whatever the web answers, go on; a person would too."""
        while not self._stop.is_set():
            try:
                self._look_and_click()
            except SignedOut:
                self._calmly(lambda: self._browser.sign_in(self._facts["password"]))
            except requests.RequestException:
                pass
            self._stop.wait(LOOK_SECONDS)

    def _look_and_click(self) -> None:
        text = self._browser.inbox()
        if page.is_broken(text) or "Connect your Workday account" in text:
            self._stop.wait(RECONNECT_SECONDS)
            self._calmly(self._browser.connect)
            return
        if time.time() >= self._facts["until"]:
            return
        offered = page.forms(text)
        # Nobody is given more while much of theirs is under way, or a tenant in trouble would drown in work.
        if len(offered) < FEW and page.waiting(text) < MANY:
            self._elsewhere.add_tasks(ADDED, self._rng)
            self._browser.refresh()
        for form in offered:
            if self._stop.is_set() or time.time() >= self._facts["until"]:
                return
            self._pace()
            self._play(form)

    def _calmly(self, act: Any) -> None:
        try:
            act()
        except (requests.RequestException, SignedOut):
            self._stop.wait(LOOK_SECONDS)

    def _pace(self) -> None:
        self._next = max(self._next, time.monotonic() - 2.0) + self._rng.uniform(0.5, 1.5) / self._facts["rate"]
        self._stop.wait(max(0.0, self._next - time.monotonic()))

    def _play(self, form: Form) -> None:
        story = self._rng.choices([*STORIES], weights=[*STORIES.values()])[0]
        action = self._rng.choice(("approve", "reject"))
        if story in self._elsewhere.before and not self._elsewhere.happen(story, form.task):
            story = "plain"
        if story == "both tabs at once":
            self._both_at_once(form, action)
            return
        if story == "send back" and form.send_back:
            self._browser.send_back(form)
            return
        answer = self._browser.decide(form, action, story)
        if answer is not None and answer.status_code == requests.codes.ok:
            self._afterwards(story, form, action, answer.text)

    def _afterwards(self, story: str, form: Form, action: str, row: str) -> None:
        match story:
            case "double click":
                self._browser.decide(form, action, story)
            case "opposite click":
                self._browser.decide(_other_tab(form), OPPOSITE[action], story)
            case "decided after":
                self._stop.wait(self._rng.uniform(0, 3))
                self._elsewhere.happen(story, form.task)
            case "undo" if path := page.undo_path(row):
                self._stop.wait(self._rng.choice((0.1, 0.5, self._facts["undo"] - 0.1, self._facts["undo"])))
                self._browser.undo(path, form, action)

    def _both_at_once(self, form: Form, action: str) -> None:
        with ThreadPoolExecutor(2) as pool:
            story = "both tabs at once"
            pool.submit(self._browser.decide, form, action, story)
            pool.submit(self._browser.decide, _other_tab(form), OPPOSITE[action], story)


def _other_tab(form: Form) -> Form:
    """The same row shown a second time, with a nonce of its own."""
    return replace(form, fields={**form.fields, "nonce": str(uuid.uuid4())})


def _end_loudly(failed: threading.ExceptHookArgs) -> None:
    """A person who silently left would make the run look better than it was."""
    traceback.print_exception(failed.exc_type, failed.exc_value, failed.exc_traceback)
    sys.stderr.flush()
    os._exit(1)


def main(path: str) -> None:
    threading.excepthook = _end_loudly
    facts = json.loads(Path(path).read_text())
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with Path(facts["notes"]).open("a") as file:
        notebook = Notebook(file)
        people = [Clicker(account, facts, notebook, stop) for account in ACCOUNTS]
        threads = [threading.Thread(target=person.run, daemon=True) for person in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
