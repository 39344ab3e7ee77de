"""A person at the keyboard, as far as HTTP shows it: one kept-alive connection, cookies, the page's own forms."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from urllib.parse import urljoin

import requests

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')
_FORM = re.compile(
    r'action="(?P<path>/inbox/tasks/[^"]+/decide)".*?name="nonce" value="(?P<nonce>[^"]+)"'
    r'.*?name="seen" value="(?P<seen>[^"]+)"',
    re.DOTALL,
)
_SHOWN = re.compile(r"<strong>([\d,]+) waiting</strong>")


@dataclass(frozen=True, slots=True)
class DecideForm:
    """One row's form: where it is sent, the nonce that makes it count once, and what it was shown with."""

    path: str
    nonce: str
    seen: str


class Person:
    """Signs in, connects to the tenant as one of its workers, opens the inbox, decides."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self._token = ""

    def close(self) -> None:
        self.session.close()

    def get(self, path: str) -> str:
        """A page's text. Raises requests.HTTPError."""
        answer = self.session.get(urljoin(self.url, path), timeout=30)
        answer.raise_for_status()
        token = _TOKEN.search(answer.text)
        self._token = token[1] if token else self._token
        return answer.text

    def post(self, path: str, **fields: str) -> str:
        """What a form of the page last got is answered with, redirects followed. Raises requests.HTTPError."""
        body = {"csrfmiddlewaretoken": self._token, **fields}
        answer = self.session.post(urljoin(self.url, path), data=body, timeout=30)
        answer.raise_for_status()
        return answer.text

    def sign_in(self, email: str, password: str) -> None:
        self.get("/account/login/")
        if "Sign out" not in self.post("/account/login/", login=email, password=password):
            raise RuntimeError(f"{email} could not sign in.")

    def connect(self, tenant: str, worker: str) -> None:
        """Through the consent page and back by the callback."""
        self.get("/connections/")
        body = {"csrfmiddlewaretoken": self._token}
        leaving = self.session.post(
            f"{self.url}/connections/{tenant}/connect", data=body, allow_redirects=False, timeout=30
        )
        consent = leaving.headers["Location"]
        done = self.session.post(consent, data={"worker": worker, "answer": "allow"}, timeout=30)
        if "Connected to" not in done.text:
            raise RuntimeError(f"{worker} could not be connected.")

    def wait_for_tasks(self, count: int, seconds: float = 60) -> None:
        """Until the page counts that many open tasks."""
        deadline = time.monotonic() + seconds
        while (shown := self.waiting()) != count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"The inbox shows {shown} tasks, not {count}.")
            time.sleep(0.25)

    def waiting(self) -> int:
        found = _SHOWN.search(self.get("/inbox/"))
        return int(found[1].replace(",", "")) if found else 0

    def forms(self) -> list[DecideForm]:
        """The decisions that the first page of the inbox offers."""
        return [DecideForm(**found.groupdict()) for found in _FORM.finditer(self.get("/inbox/"))]

    def approve(self, form: DecideForm) -> str:
        """A click on Approve, as htmx sends it; the row that is answered."""
        fields = {"nonce": form.nonce, "seen": form.seen, "action": "approve", "comment": ""}
        fields["csrfmiddlewaretoken"] = self._token
        answer = self.session.post(f"{self.url}{form.path}", data=fields, headers={"HX-Request": "true"}, timeout=30)
        answer.raise_for_status()
        return answer.text
