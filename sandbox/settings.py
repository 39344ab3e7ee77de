"""What the process is told by its environment, and what each tenant can be switched to while it runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

_TENANT_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
# A tenant's name is the first segment of its authorization path, so these would be ambiguous.
_RESERVED = frozenset({"ccx", "healthz", "static"})
_CHOICES = {"rotation": {"none", "same", "rotate"}}


class SettingsError(Exception):
    """A setting is wrong; the text is one sentence for the person who started the process."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of the process. An empty `state` keeps everything in memory only."""

    host: str
    port: int
    state: str
    tenants: tuple[str, ...]
    clients: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """The switches of one tenant. Everything that the public facts leave open can be turned here.

    `rotation`: what a person's refresh answers: no refresh token, the same one, or a new one (the old one is
    then dead, and using it again ends the whole grant). `rotation_grace_seconds` is how long the old one still gives
    another new one. `refresh_token_days` 0 means never. `expires_in` and
    `iss` say whether the field is sent at all; `iss_value` replaces the true issuer. `list_cache_seconds` is
    how long a list of inbox tasks is served unchanged. `href_origin` replaces the origin in all hrefs.
    `events_need_worker` lists no events without a `worker`, as the copy of 2022 says of the service.
    `auto_complete` ends a process with its first approval. `isu_has_worker` lets `workers/me` work for the ISU.
    `clock_offset_seconds` is how far the Date header is ahead of the true time (behind, when negative).
    `secrets_begin_with` is put before every new code and token, so that a test can look for them.
    """

    rotation: str = "same"
    rotation_grace_seconds: int = 0
    expires_in: bool = True
    access_token_seconds: int = 3600
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme, not a token
    pkce_required: bool = False
    refresh_token_days: int = 100
    iss: bool = False
    iss_value: str = ""
    send_back_allowed: bool = True
    business_process_allowed: bool = True
    core_navigation_allowed: bool = True
    classic_allowed: bool = True
    comment_required: bool = True
    hide_completed_steps: bool = False
    events_need_worker: bool = False
    list_cache_seconds: int = 0
    href_origin: str = ""
    auto_complete: bool = False
    isu_has_worker: bool = False
    clock_offset_seconds: int = 0
    secrets_begin_with: str = ""

    def changed(self, changes: Mapping[str, Any]) -> TenantSettings:
        """These settings with some of them changed. Raises SettingsError for an unknown name or a wrong value."""
        kinds = {field.name: type(field.default) for field in fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                raise SettingsError(f"There is no setting named {name}.")
            if type(value) is not kinds[name]:
                raise SettingsError(f"The setting {name} must be of type {kinds[name].__name__}.")
            if value not in _CHOICES.get(name, {value}):
                raise SettingsError(f"The setting {name} must be one of {sorted(_CHOICES[name])}.")
        return replace(self, **changes)

    def as_record(self) -> dict[str, Any]:
        """All switches by name."""
        return asdict(self)


def read_settings(environ: Mapping[str, str]) -> Settings:
    """The settings of the process. Raises SettingsError with the variable's name in the text."""
    return Settings(
        host=environ.get("SANDBOX_HOST") or "127.0.0.1",
        port=_port(environ.get("SANDBOX_PORT") or "8001"),
        state=environ.get("SANDBOX_STATE") or "",
        tenants=_tenants(environ.get("SANDBOX_TENANTS") or "acme"),
        clients=_clients(environ.get("SANDBOX_CLIENTS") or ""),
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 <= int(text) <= 65535:
        raise SettingsError(f"SANDBOX_PORT must be a number from 0 to 65535, not {text!r}.")
    return int(text)


def _tenants(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(","))
    for name in names:
        if not _TENANT_NAME.fullmatch(name) or name in _RESERVED:
            raise SettingsError(f"SANDBOX_TENANTS holds {name!r}, which cannot be the name of a tenant.")
    if len(set(names)) != len(names):
        raise SettingsError("SANDBOX_TENANTS names a tenant twice.")
    return names


def _clients(path: str) -> tuple[dict[str, Any], ...]:
    if not path:
        return ()
    try:
        clients = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"SANDBOX_CLIENTS: {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise SettingsError(f"SANDBOX_CLIENTS: {path} is not JSON.") from error
    if not isinstance(clients, list) or not all(isinstance(client, dict) for client in clients):
        raise SettingsError(f"SANDBOX_CLIENTS: {path} must hold a list of objects.")
    return tuple(clients)
