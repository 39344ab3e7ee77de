"""What docs/security.md says to do when the keys are lost is done here, word for word."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

import pytest
from django.conf import LazySettings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database

from accounts.models import User
from connections import keyring, tokens, vault
from connections.models import Connection
from tests.attacks.connected import connected_at, fresh
from tests.attacks.marks import ROOT
from tests.attacks.server import CLIENT_SECRET, SandboxServer
from tests.connections.conftest import begin, come_back, signed_in_as, words
from tests.connections.tenant_form import edit

NEW_KEY = f"new1:{base64.urlsafe_b64encode(b'n' * 32).decode()}"


@pytest.fixture
def lost(sandbox_server: SandboxServer, owner: User, settings: LazySettings) -> Iterator[Connection]:
    """A connection whose tokens nobody can open any more: the ring has another key."""
    connection = connected_at(sandbox_server, owner)
    vault.prove_keys()
    settings.TOKEN_KEYS = NEW_KEY
    keyring.ring.cache_clear()
    yield connection
    keyring.ring.cache_clear()


def erase() -> None:
    page = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
    (statements,) = re.findall(r"```sql\nBEGIN;\n(.*?)COMMIT;\n```", page, re.DOTALL)
    with database.cursor() as cursor:
        cursor.execute(statements)


def test_without_the_keys_nothing_starts_until_what_they_sealed_is_erased(lost: Connection) -> None:
    with pytest.raises(ImproperlyConfigured, match="TOKEN_KEYS lacks the key"):
        vault.prove_keys()
    erase()
    vault.prove_keys()


def test_after_that_people_are_asked_to_reconnect_and_told_why(lost: Connection, owner: User) -> None:
    erase()
    page = words(signed_in_as(owner).get("/connections/"))
    assert "The keys of this installation were lost." in page
    with pytest.raises(tokens.NeedsReconnect):
        tokens.bearer(fresh(lost))


def test_with_the_client_secret_entered_again_they_reconnect_in_place(
    lost: Connection, sandbox_server: SandboxServer, owner: User, administrator: User
) -> None:
    erase()
    vault.prove_keys()
    same = {"name": lost.tenant.name, "client_id": lost.tenant.client_id}
    page = edit(signed_in_as(administrator), lost.tenant, sandbox_server, client_secret=CLIENT_SECRET, **same)
    assert page.status_code == 302
    browser = signed_in_as(owner)
    answer = come_back(browser, sandbox_server.answer(begin(browser, lost.tenant), "manager"))
    assert answer.status_code == 303
    assert tokens.bearer(fresh(lost))
    assert owner.connections.get().pk == lost.pk
