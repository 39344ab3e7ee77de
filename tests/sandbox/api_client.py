"""A plain client of the sandbox: knows the wire, shares nothing with the product's own client."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.sandbox.process import SandboxProcess

REDIRECT_URI = "http://127.0.0.1:9/oauth/callback/acme"
VERIFIER = "v" * 64
Answer = requests.Response


def challenge(verifier: str = VERIFIER) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class ApiClient:
    """An API client registered at one tenant, with a browser that does not follow redirects."""

    process: SandboxProcess
    tenant: str
    client_id: str
    secret: str
    redirect_uri: str = REDIRECT_URI

    def ask(self, **changes: Any) -> Answer:
        """GET the authorization page; None leaves a parameter out."""
        return self._browser("get", changes)

    def consent(self, worker: str = "manager", answer: str = "allow", **changes: Any) -> Answer:
        """Press a button on the authorization page."""
        return self._browser("post", changes, {"worker": worker, "answer": answer})

    def code(self, worker: str = "manager", **changes: Any) -> str:
        """An authorization code."""
        return sent_back(self.consent(worker, **changes))["code"]

    def token(self, **form: Any) -> Answer:
        """Ask the token endpoint, with HTTP Basic."""
        return requests.post(self.token_url, data=form, auth=(self.client_id, self.secret), timeout=10)

    def redeem(self, code: str, **form: Any) -> Answer:
        """Redeem a code."""
        return self.token(grant_type="authorization_code", code=code, redirect_uri=self.redirect_uri, **form)

    def refresh(self, refresh_token: str) -> Answer:
        """Use a refresh token."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def tokens(self, worker: str = "manager") -> dict[str, Any]:
        """A whole connect flow."""
        found: dict[str, Any] = self.redeem(self.code(worker)).json()
        return found

    def person(self, worker: str = "manager") -> Person:
        """Somebody's token, ready to use."""
        return Person(self.process, self.tenant, self.tokens(worker)["access_token"])

    @property
    def token_url(self) -> str:
        return f"{self.process.url}/ccx/oauth2/{self.tenant}/token"

    def _browser(self, method: str, changes: dict[str, Any], form: dict[str, str] | None = None) -> Answer:
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "state": "s1",
            **changes,
        }
        url = f"{self.process.url}/{self.tenant}/authorize"
        return requests.request(method, url, params=query, data=form, allow_redirects=False, timeout=10)


class Person:
    """Somebody with an access token."""

    def __init__(self, process: SandboxProcess, tenant: str, access_token: str, scheme: str = "Bearer") -> None:
        self.url, self.tenant = process.url, tenant
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"{scheme} {access_token}"

    def get(self, path: str, prefix: str = "v1", **query: Any) -> Answer:
        """GET a classic resource."""
        return self.session.get(f"{self._base(prefix)}/{path}", params=query, timeout=10)

    def put(self, path: str, prefix: str = "v1", body: Any = None, **query: Any) -> Answer:
        """PUT a classic resource."""
        return self.session.put(f"{self._base(prefix)}/{path}", params=query, json=body, timeout=10)

    def process(self, path: str, **query: Any) -> Answer:
        """GET a resource of businessProcess."""
        return self.get(path, "businessProcess/v1", **query)

    def act(self, step: str, action: str, **body: Any) -> Answer:
        """POST an action on an event step."""
        url = f"{self._base('businessProcess/v1')}/eventSteps/{step}/{action}"
        return self.session.post(url, json=body, timeout=10)

    def inbox(self, **query: Any) -> dict[str, Any]:
        """A page of the own inbox."""
        found: dict[str, Any] = self.get("workers/me/inboxTasks", **query).json()
        return found

    def whole_inbox(self) -> list[dict[str, Any]]:
        """Every task, page by page."""
        tasks: list[dict[str, Any]] = []
        while found := self.inbox(limit=100, offset=len(tasks))["data"]:
            tasks += found
        return tasks

    def send_back_target(self, step: str) -> str:
        """Where a step may be sent back to."""
        return str(self.process("values/sendBack/to/", eventStep=step).json()["data"][0]["id"])

    def _base(self, prefix: str) -> str:
        return f"{self.url}/ccx/api/{prefix}/{self.tenant}"


def sent_back(answer: Answer) -> dict[str, str]:
    """The parameters with which the browser was sent back to the client."""
    assert answer.status_code == 302, answer.text
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def codes(answer: Answer) -> list[str]:
    """The codes in an error answer."""
    return [entry["code"] for entry in answer.json()["errors"]]
