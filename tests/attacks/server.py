"""An authorization server as the connect flow meets it, whoever wrote it: our sandbox tenant, or an independent one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urljoin

import requests
from django.conf import LazySettings

from connections import tenants
from connections.models import Tenant
from sandbox.wire.ledger import fingerprint
from tests.attacks.independent import IndependentProcess
from tests.sandbox.process import SandboxProcess
from tests.workday import consent
from workday.secret import Secret

__all__ = [
    "CLIENT_SECRET",
    "PEOPLE",
    "AuthorizationServer",
    "IndependentServer",
    "SandboxServer",
    "TokenRequest",
    "fingerprint",
]

CLIENT_SECRET = "canary-client-secret"
PEOPLE = ("manager", "colleague", "employee")


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """One request that the token endpoint saw. Secrets are `fingerprint`s; what was not sent is empty."""

    grant_type: str
    code: str
    refresh_token: str
    redirect_uri: str
    status: int | None


class AuthorizationServer(Protocol):
    """A running server for one test. `url` is its origin, `name` is "sandbox" or "independent"."""

    name: str
    url: str

    def register(self, key: str = "acme", **changes: Any) -> Tenant:
        """A saved tenant whose API client the server knows and whose origin the settings allow.

        `changes` are fields of the tenant. Several keys make several tenants of ours at the same server.
        """

    def answer(self, url: str, person: str, *, allow: bool = True) -> str:
        """Sign in as `person` at an authorization URL and allow or deny; where the browser is sent back to.

        Raises AssertionError with what the server said when it sends the browser nowhere.
        """

    def token_requests(self) -> list[TokenRequest]:
        """What the token endpoint saw in this test, oldest first."""

    def worker(self, person: str) -> str:
        """The WID that workers/me tells for that person."""

    def revoke(self, person: str) -> None:
        """End what that person has allowed."""


class SandboxServer:
    """The sandbox tenant, which is Workday and its authorization server in one."""

    name = "sandbox"

    def __init__(self, process: SandboxProcess, settings: LazySettings) -> None:
        self.process, self.url = process, process.url
        self._settings = settings

    def register(self, key: str = "acme", **changes: Any) -> Tenant:
        tenant = _saved_tenant(self.url, key, self._settings, changes)
        self.process.register(
            client_id=tenant.client_id, client_secret=CLIENT_SECRET, redirect_uri=tenant.redirect_uri, pkce=True
        )
        return tenant

    def answer(self, url: str, person: str, *, allow: bool = True) -> str:
        return consent.answer(url, person, allow=allow)

    def token_requests(self) -> list[TokenRequest]:
        return _token_requests(self.process.ledger(path="/token", method="POST"))

    def worker(self, person: str) -> str:
        return str(self.process.people()[person]["id"])

    def revoke(self, person: str) -> None:
        self.process.revoke(person)


class IndependentServer:
    """npm's oidc-provider, of other people's making: PKCE required, refresh tokens rotated, reuse ends the family."""

    name = "independent"

    def __init__(self, process: IndependentProcess, settings: LazySettings) -> None:
        self.process, self.url = process, process.url
        self._settings = settings

    def register(self, key: str = "acme", **changes: Any) -> Tenant:
        tenant = _saved_tenant(self.url, key, self._settings, changes)
        self.process.register(tenant.client_id, CLIENT_SECRET, tenant.redirect_uri)
        return tenant

    def answer(self, url: str, person: str, *, allow: bool = True) -> str:
        form = {"worker": person, "answer": "allow" if allow else "deny"}
        with requests.Session() as browser:
            browser.trust_env = False
            page = browser.get(url, allow_redirects=False, timeout=10)
            while "Location" in page.headers:
                place = urljoin(page.url, page.headers["Location"])
                if not place.startswith(f"{self.url}/"):
                    return place
                if "/interaction/" in place:
                    page = browser.post(place, data=form, allow_redirects=False, timeout=10)
                else:
                    page = browser.get(place, allow_redirects=False, timeout=10)
        raise AssertionError(page.text)

    def token_requests(self) -> list[TokenRequest]:
        return _token_requests(self.process.ledger(path="/token", method="POST"))

    def worker(self, person: str) -> str:
        return self.process.people()[person]

    def revoke(self, person: str) -> None:
        self.process.revoke(person)


def _token_requests(entries: list[dict[str, Any]]) -> list[TokenRequest]:
    return [_token_request(entry["body"] or {}, entry["status"]) for entry in entries]


def _token_request(sent: dict[str, Any], status: int | None) -> TokenRequest:
    return TokenRequest(
        grant_type=sent.get("grant_type", ""),
        code=sent.get("code", ""),
        refresh_token=sent.get("refresh_token", ""),
        redirect_uri=sent.get("redirect_uri", ""),
        status=status,
    )


def _saved_tenant(origin: str, key: str, settings: LazySettings, changes: dict[str, Any]) -> Tenant:
    settings.WORKDAY_PLAIN_ORIGINS = [*{*settings.WORKDAY_PLAIN_ORIGINS, origin}]
    usual = {
        "name": f"Acme ({key})",
        "environment": Tenant.Environment.SANDBOX,
        "rest_endpoint": f"{origin}/ccx/api/v1/acme",
        "authorization_endpoint": f"{origin}/acme/authorize",
        "token_endpoint": f"{origin}/ccx/oauth2/acme/token",
        "client_id": f"client-{key}",
    }
    tenant = Tenant(key=key, **{**usual, **changes})
    tenants.set_client_secret(tenant, Secret(CLIENT_SECRET))
    tenant.save()
    return tenant
