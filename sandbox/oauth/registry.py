"""Issues, renews, finds and revokes what one tenant's authorization server has given out."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

from sandbox.oauth.records import (
    CODE_SECONDS,
    AccessToken,
    Client,
    Code,
    Grant,
    RefreshToken,
    digest,
    expired,
    opaque,
)
from sandbox.settings import TenantSettings
from sandbox.store import Store

Record = TypeVar("Record", Client, Grant, AccessToken, RefreshToken, Code)
_DAY = 86400


class Registry:
    """The records of one tenant. Tokens and codes are found by their SHA-256."""

    def __init__(self, tenant: str, store: Store, settings: Callable[[], TenantSettings]) -> None:
        self._tenant, self._store, self._settings = tenant, store, settings
        self.clients = self._load("client", Client)
        self.grants = self._load("grant", Grant)
        self._access = self._load("access", AccessToken)
        self._refresh = self._load("refresh", RefreshToken)
        self._codes = self._load("code", Code)

    def register(self, client: Client) -> None:
        """Add an API client, or replace the one with the same client ID."""
        self._keep("client", self.clients, client.client_id, client)

    def new_code(self, client: Client, redirect_uri: str, worker: str, challenge: str) -> str:
        """An authorization code for this person's consent."""
        code = self._new_secret(40)
        expires_at = time.time() + CODE_SECONDS
        record = Code(client.client_id, redirect_uri, worker, challenge, expires_at)
        self._keep("code", self._codes, digest(code), record)
        return code

    def find_code(self, code: str, client: Client) -> Code | None:
        """The code if it can be used. Using one twice revokes what it gave (RFC 6749 section 4.1.2)."""
        record = self._codes.get(digest(code))
        if not record or record.client_id != client.client_id:
            return None
        if record.grant_id:
            self.revoke(record.grant_id)
            return None
        return None if expired(record.expires_at) else record

    def redeem(self, code: str, record: Code) -> dict[str, Any]:
        """The token response for a code, which is used up by it."""
        grant = self._new_grant(record.client_id, record.worker, isu=False)
        record.grant_id = grant.id
        self._keep("code", self._codes, digest(code), record)
        client = self.clients[record.client_id]
        return self._answer(grant, self._new_refresh(grant, never=client.non_expiring))

    def find_refresh(self, token: str) -> RefreshToken | None:
        """The refresh token if it can be used. A rotated one that comes back too late revokes its whole grant."""
        record = self._refresh.get(digest(token))
        if not record or self.grants[record.grant_id].revoked:
            return None
        if record.replaced and expired(record.replaced_at + self._settings().rotation_grace_seconds):
            self.revoke(record.grant_id)
            return None
        return None if expired(record.expires_at) else record

    def renew(self, token: str, record: RefreshToken) -> dict[str, Any]:
        """The token response for a refresh token, with rotation as the tenant is switched."""
        grant, rotation = self.grants[record.grant_id], self._settings().rotation
        if grant.isu or rotation == "none":
            return self._answer(grant)
        if rotation == "same":
            return self._answer(grant, token)
        if not record.replaced:
            record.replaced, record.replaced_at = True, time.time()
        self._keep("refresh", self._refresh, digest(token), record)
        return self._answer(grant, self._new_refresh(grant, never=not record.expires_at))

    def issue_to_isu(self, client: Client, isu: str) -> dict[str, Any]:
        """The answer to client credentials: an access token of the mapped ISU and nothing to refresh with."""
        return self._answer(self._new_grant(client.client_id, isu, isu=True))

    def new_isu_token(self, client: Client, isu: str) -> str:
        """A non-expiring refresh token of the ISU. Making a new one revokes the older (inferred)."""
        for grant in list(self.grants.values()):
            if grant.isu and grant.client_id == client.client_id:
                self.revoke(grant.id)
        return self._new_refresh(self._new_grant(client.client_id, isu, isu=True), never=True)

    def grant_of(self, access_token: str) -> Grant | None:
        """The grant behind a valid access token."""
        record = self._access.get(digest(access_token))
        if not record or expired(record.expires_at):
            return None
        grant = self.grants[record.grant_id]
        return None if grant.revoked else grant

    def issued(self, access_token: str) -> Grant | None:
        """The grant that an access token was once given for, whether or not it still holds."""
        record = self._access.get(digest(access_token))
        return self.grants[record.grant_id] if record else None

    def revoke(self, grant_id: str) -> None:
        """End a grant: none of its tokens works any more."""
        self.grants[grant_id].revoked = True
        self._keep("grant", self.grants, grant_id, self.grants[grant_id])

    def revoke_worker(self, worker: str) -> int:
        """End all grants of one person; says how many there were."""
        live = [grant for grant in self.grants.values() if grant.worker == worker and not grant.revoked]
        for grant in live:
            self.revoke(grant.id)
        return len(live)

    def forget_tokens(self) -> None:
        """Drop all grants, codes and tokens; API clients stay registered."""
        for kind, records in self._tokens():
            records.clear()
            self._store.clear(kind, self._tenant)

    def _tokens(self) -> list[tuple[str, dict[str, Any]]]:
        kinds = ("grant", "access", "refresh", "code")
        return list(zip(kinds, (self.grants, self._access, self._refresh, self._codes), strict=True))

    def _answer(self, grant: Grant, refresh_token: str = "") -> dict[str, Any]:
        settings, token = self._settings(), self._new_secret(25)
        record = AccessToken(grant.id, time.time() + settings.access_token_seconds)
        self._keep("access", self._access, digest(token), record)
        answer: dict[str, Any] = {"access_token": token, "token_type": settings.token_type}
        if refresh_token:
            answer["refresh_token"] = refresh_token
        if settings.expires_in:
            answer["expires_in"] = settings.access_token_seconds
        return answer

    def _new_grant(self, client_id: str, worker: str, *, isu: bool) -> Grant:
        grant = Grant(opaque(16), client_id, worker, isu)
        self._keep("grant", self.grants, grant.id, grant)
        return grant

    def _new_refresh(self, grant: Grant, *, never: bool) -> str:
        days, token = self._settings().refresh_token_days, self._new_secret(50)
        expires_at = 0.0 if never or not days else time.time() + days * _DAY
        self._keep("refresh", self._refresh, digest(token), RefreshToken(grant.id, grant.client_id, expires_at))
        return token

    def _new_secret(self, length: int) -> str:
        return f"{self._settings().secrets_begin_with}{opaque(length)}"

    def _keep(self, kind: str, records: dict[str, Record], key: str, record: Record) -> None:
        records[key] = record
        self._store.put(kind, self._tenant, key, asdict(record))

    def _load(self, kind: str, shape: type[Record]) -> dict[str, Record]:
        return {key: shape(**record) for key, record in self._store.records(kind, self._tenant)}
