"""One person's browser, as far as HTTP shows it: the session's cookie, the forms of the page, patience after errors."""

from __future__ import annotations

import time
from dataclasses import replace

import requests

from soak import page
from soak.notes import Note, Notebook
from soak.page import Form
from soak.places import Account

# Longer than any answer may take, so that a late one is seen as late and not as none.
ANSWER_SECONDS = 20.0
TRIES = 6
TRY_AGAIN_SECONDS = 1.0
LOOKS, LOOK_SECONDS = 8, 0.7
REASON = "Please look at this once more."


class SignedOut(Exception):
    """The session is over, or was never begun."""


class Browser:
    """Raises requests.RequestException where the web does not answer, and SignedOut."""

    def __init__(self, url: str, account: Account, notebook: Notebook) -> None:
        self.url = url
        self.account = account
        self.notebook = notebook
        self._token = ""
        self._session = requests.Session()
        self._session.trust_env = False

    def inbox(self) -> str:
        """The inbox page's text."""
        return self._get("/inbox/")

    def sign_in(self, password: str) -> None:
        self._get("/account/login/", signed_in=False)
        self._post("/account/login/", login=self.account.email, password=password)
        self.inbox()

    def refresh(self) -> None:
        self._post("/inbox/refresh")

    def connect(self) -> bool:
        """Through the tenant's consent page and back; whether it worked. Reconnecting is the same way."""
        self._get("/connections/")
        started = time.time()
        leaving = self._post(f"/connections/{self.account.place.key}/connect", follow=False)
        where = leaving.headers.get("Location", "")
        allowed = {"worker": self.account.worker, "answer": "allow"}
        done = self._session.post(where, data=allowed, timeout=ANSWER_SECONDS) if "authorize" in where else leaving
        worked = "Connected to" in done.text
        note = Note("connect", self.account.email, started, time.time() - started, 200 if worked else done.status_code)
        self.notebook.write(note)
        return worked

    def decide(self, form: Form, action: str, story: str = "") -> requests.Response | None:
        """Click; after an unclear answer send the very same form again, as a person would. None: still unclear."""
        fields = {**form.fields, "csrfmiddlewaretoken": self._token, "action": action}
        fields["comment"] = REASON if action == "reject" else ""
        note = Note("decide", self.account.email, 0, 0, 0, form.nonce, form.task, action, story)
        return self._insist(form.path, fields, note)

    def send_back(self, form: Form) -> None:
        """By its own page, which first asks the tenant where to; given up when nothing is named in time."""
        for _ in range(LOOKS):
            offered = page.send_back_form(self._get(form.send_back), form)
            if offered:
                place = offered.fields["to"]
                note = Note(
                    "decide", self.account.email, 0, 0, 0, offered.nonce, form.task, "send_back", "send back", place
                )
                fields = {**offered.fields, "csrfmiddlewaretoken": self._token, "comment": REASON}
                self._insist(form.send_back, fields, note)
                return
            time.sleep(LOOK_SECONDS)

    def undo(self, path: str, of: Form, action: str) -> requests.Response | None:
        note = Note("undo", self.account.email, 0, 0, 0, of.nonce, of.task, action, "undo")
        return self._insist(path, {"csrfmiddlewaretoken": self._token}, note)

    def _insist(self, path: str, fields: dict[str, str], note: Note) -> requests.Response | None:
        for _ in range(TRIES):
            answer = self._click(path, fields, note)
            if answer is not None:
                return answer
            time.sleep(TRY_AGAIN_SECONDS)
        return None

    def _click(self, path: str, fields: dict[str, str], note: Note) -> requests.Response | None:
        """As htmx sends it. None when the answer does not tell what became of it."""
        started, clock = time.time(), time.monotonic()
        status, answer = 0, None
        try:
            answer = self._session.post(
                f"{self.url}{path}",
                data=fields,
                headers={"HX-Request": "true"},
                timeout=ANSWER_SECONDS,
                allow_redirects=False,
            )
            status = _told(answer, note.action)
        except requests.RequestException:
            pass
        self.notebook.write(replace(note, at=started, seconds=time.monotonic() - clock, status=status))
        return answer if 0 < status < 500 else None

    def _get(self, path: str, *, signed_in: bool = True) -> str:
        answer = self._session.get(f"{self.url}{path}", timeout=ANSWER_SECONDS)
        answer.raise_for_status()
        if signed_in and page.is_sign_in(answer.text):
            raise SignedOut
        self._token = page.token(answer.text) or self._token
        return answer.text

    def _post(self, path: str, *, follow: bool = True, **fields: str) -> requests.Response:
        body = {"csrfmiddlewaretoken": self._token, **fields}
        answer = self._session.post(f"{self.url}{path}", data=body, timeout=ANSWER_SECONDS, allow_redirects=follow)
        answer.raise_for_status()
        return answer


def _told(answer: requests.Response, action: str) -> int:
    """200 where it was accepted. Sending back is a plain form: accepted by a redirect, refused by its page again."""
    if action != "send_back" or answer.status_code >= requests.codes.bad_request:
        return answer.status_code
    accepted = answer.headers.get("Location") == "/inbox/"
    return int(requests.codes.ok if accepted else requests.codes.unprocessable)
