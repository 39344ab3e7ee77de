from __future__ import annotations

from connections.models.connection import Connection, ConnectionQuerySet
from connections.models.key_check import KeyCheck
from connections.models.oauth_state import OAuthState
from connections.models.tenant import Tenant, TenantChange, TenantCheck, new_tenant_key

__all__ = [
    "Connection",
    "ConnectionQuerySet",
    "KeyCheck",
    "OAuthState",
    "Tenant",
    "TenantChange",
    "TenantCheck",
    "new_tenant_key",
]
