"""Everything a running sandbox holds: its tenants, the ledger, the faults, and the one lock over them."""

from __future__ import annotations

import re
import secrets
import threading
from typing import Any

from flask import current_app

from sandbox.company.company import Company
from sandbox.company.model import Person
from sandbox.company.people import BIG_COMPANY, SMALL_COMPANY
from sandbox.company.refusals import not_found
from sandbox.company.seed import seed
from sandbox.oauth.records import KIND_INTEGRATIONS, KIND_USER, Client, Grant, digest, opaque
from sandbox.oauth.registry import Registry
from sandbox.settings import Settings, SettingsError, TenantSettings
from sandbox.store import Store
from sandbox.wire.faults import Faults
from sandbox.wire.ledger import Ledger

_REST_PATH = re.compile(r"/ccx/api/(?:api/|common/|businessProcess/)?v1/([^/]+)(?:/|$)")


class Tenant:
    """One tenant: its company, its authorization server's records and its switches."""

    def __init__(self, name: str, company: Company, store: Store) -> None:
        self.name = name
        self.company = company
        self._store = store
        stored = dict(store.records("settings", name))
        self.settings = TenantSettings().changed(stored.get("settings", {}))
        self.oauth = Registry(name, store, lambda: self.settings)
        self.lists: dict[tuple[str, str], tuple[float, list[Any]]] = {}
        if not company.load():
            seed(company)

    @property
    def isu(self) -> Person:
        """The integration system user."""
        return self.company.people["isu"]

    def switch(self, changes: dict[str, Any]) -> None:
        """Change some settings. Raises SettingsError."""
        self.settings = self.settings.changed(changes)
        self._store.put("settings", self.name, "settings", self.settings.as_record())

    def register(self, wish: dict[str, Any]) -> tuple[Client, str]:
        """Register an API client and return it with its secret. Raises SettingsError for a wish that is wrong."""
        kind = wish.get("kind", KIND_USER)
        if kind not in {KIND_USER, KIND_INTEGRATIONS}:
            raise SettingsError(f"An API client's kind is {KIND_USER} or {KIND_INTEGRATIONS}.")
        redirect_uri = str(wish.get("redirect_uri") or "")
        if kind == KIND_USER and not re.match(r"https?://[^/]+", redirect_uri):
            raise SettingsError("An API client for named users needs an absolute redirect_uri.")
        secret = str(wish.get("client_secret") or opaque(48))
        client = Client(
            client_id=str(wish.get("client_id") or secrets.token_hex(16)),
            secret_digest=digest(secret),
            name=str(wish.get("name") or "API client"),
            redirect_uri=redirect_uri,
            kind=kind,
            pkce=bool(wish.get("pkce")),
            non_expiring=bool(wish.get("non_expiring")),
        )
        self.oauth.register(client)
        return client, secret

    def reset(self, *, keep_tokens: bool) -> None:
        """Back to the seed; API clients stay, switches and (unless kept) tokens do not."""
        for kind in ("event", "step", "settings"):
            self._store.clear(kind, self.name)
        self.settings = TenantSettings()
        self.lists.clear()
        if not keep_tokens:
            self.oauth.forget_tokens()
        self.company = Company(self.name, self.company.specs, self._store)
        seed(self.company)


class World:
    """The state of the process. Hold `lock` while using tenants; `flush` before an answer leaves."""

    def __init__(self, settings: Settings) -> None:
        self.lock = threading.RLock()
        self.store = Store(settings.state)
        self.ledger = Ledger()
        self.faults = Faults()
        self.tenants: dict[str, Tenant] = {}
        for name in settings.tenants:
            specs = SMALL_COMPANY if self.tenants else BIG_COMPANY
            self.tenants[name] = Tenant(name, Company(name, specs, self.store), self.store)
        for wish in settings.clients:
            self._tenant_of(wish).register(wish)
        self.flush()

    def flush(self) -> None:
        """Write what changed."""
        self.store.flush()

    def bearer(self, path: str, authorization: str) -> tuple[Tenant, Grant] | None:
        """Who a request below a tenant's REST path comes from. The scheme's case counts (SnapLogic's docs)."""
        tenant = self._asked(path, authorization)
        grant = tenant.oauth.grant_of(authorization.removeprefix("Bearer ")) if tenant else None
        return (tenant, grant) if tenant and grant else None

    def issued(self, path: str, authorization: str) -> tuple[Person, Grant] | None:
        """Whom this tenant once gave the token to that a request comes with, whether or not it still holds."""
        tenant = self._asked(path, authorization)
        grant = tenant.oauth.issued(authorization.removeprefix("Bearer ")) if tenant else None
        return (tenant.company.by_wid[grant.worker], grant) if tenant and grant else None

    def _asked(self, path: str, authorization: str) -> Tenant | None:
        match = _REST_PATH.match(path)
        return self.tenants.get(match[1]) if match and authorization.startswith("Bearer ") else None

    def clock_offset(self, path: str) -> int:
        """How wrong the clock of the tenant is whose path this is, in seconds."""
        tenant = next((self.tenants[name] for name in path.split("/") if name in self.tenants), None)
        return tenant.settings.clock_offset_seconds if tenant else 0

    def _tenant_of(self, wish: dict[str, Any]) -> Tenant:
        name = wish.get("tenant") or next(iter(self.tenants))
        if name not in self.tenants:
            raise SettingsError(f"SANDBOX_CLIENTS names the tenant {name}, which SANDBOX_TENANTS does not.")
        return self.tenants[name]


def the_world() -> World:
    """The world of the application that answers the current request."""
    world: World = current_app.extensions["sandbox"]
    return world


def the_tenant(name: str) -> Tenant:
    """The tenant with this name. Raises RefusalError (404)."""
    tenant = the_world().tenants.get(name)
    if not tenant:
        raise not_found("unknown tenant")
    return tenant
