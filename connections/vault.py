"""Sealing and opening what must never lie readable in the database. The only module that encrypts.

A box is `0x01 | key id (4) | nonce (12) | ciphertext and tag` under AES-256-GCM. Its associated data says what it
is, whose, and for which origin, so a box that is moved to another row, person, tenant or endpoint does not open.
"""

from __future__ import annotations

import json
import secrets
import uuid
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from audit.models import Event, record
from connections import boxes
from connections.keyring import ring
from connections.models import KeyCheck
from workday.secret import Secret

VERSION = 1
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEAD = 1 + 4 + _NONCE_BYTES


class Sealed(Exception):
    """A box that does not open. Carries no data of any kind."""


class UnknownKey(Sealed):
    """The box was sealed with a key that this process does not have."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What a box belongs to. Opening it with any of these different fails."""

    purpose: str
    tenant: uuid.UUID | None
    origin: str
    user: uuid.UUID | None = None
    connection: uuid.UUID | None = None
    generation: int = 0

    def associated_data(self, key_id: str) -> bytes:
        values = {
            "version": VERSION,
            "key": key_id,
            "purpose": self.purpose,
            "tenant": self.tenant,
            "origin": self.origin,
            "user": self.user,
            "connection": self.connection,
            "generation": self.generation,
        }
        return _CANONICAL.encode(values).encode()


# One spelling for equal values, or a box would not open again.
_CANONICAL = json.JSONEncoder(default=str, sort_keys=True, separators=(",", ":"))


def seal(secret: Secret, binding: Binding) -> bytes:
    """Encrypt with the newest key of the ring."""
    key_id, key = next(iter(ring().items()))
    return _seal(secret, binding, key_id, key)


def open_box(box: bytes | memoryview | None, binding: Binding) -> Secret:
    """The secret in `box`. Raises UnknownKey or Sealed, which say nothing about its content."""
    content = bytes(box or b"")
    if len(content) < _HEAD + _TAG_BYTES or content[0] != VERSION:
        raise Sealed("The box is not in a known format.")
    key_id = key_id_of(content)
    key = ring().get(key_id)
    if key is None:
        raise UnknownKey("The box was sealed with a key that is not in TOKEN_KEYS.")
    try:
        text = AESGCM(key).decrypt(content[5:_HEAD], content[_HEAD:], binding.associated_data(key_id)).decode()
    except (InvalidTag, UnicodeDecodeError):
        text = None
    if text is None:
        raise Sealed("The box does not belong here.")
    return Secret(text)


def key_id_of(box: bytes | memoryview) -> str:
    return bytes(box[1:5]).decode("ascii", "replace")


def prove_keys() -> None:
    """Check the ring against the database, once at the start of every process that handles tokens.

    Raises ImproperlyConfigured with one sentence when a key that is still needed is missing or has another value.
    """
    keys = ring()
    newest, key = next(iter(keys.items()))
    # Only the key that seals gets a check, so that a key which has been retired does not come back.
    check = KeyCheck(key_id=newest, box=_seal(_KNOWN, _CHECK, newest, key))
    KeyCheck.objects.bulk_create([check], ignore_conflicts=True)
    checks = {check.key_id: check for check in KeyCheck.objects.all()}
    for key_id in sorted(_needed(set(checks)) - set(keys)):
        raise ImproperlyConfigured(
            f"TOKEN_KEYS lacks the key {key_id}, which stored tokens may be sealed with; "
            "add it, or retire it first with `manage.py rotate_token_keys`."
        )
    for key_id, check in checks.items():
        if not _opens(check):
            raise ImproperlyConfigured(
                f"TOKEN_KEYS has another value for the key {key_id} than the one stored tokens are sealed with."
            )


def retire_keys() -> list[str]:
    """Stop asking for every key but the newest; to be called when no box is sealed with another. Their ids."""
    retired = list(KeyCheck.objects.exclude(key_id=next(iter(ring()))).order_by("key_id"))
    for check in retired:
        record(_RETIRED, key_id=check.key_id)
        check.delete()
    return [check.key_id for check in retired]


def retired_keys() -> set[str]:
    return set(Event.objects.filter(verb=_RETIRED).values_list("data__key_id", flat=True))


def _needed(checked: set[str]) -> set[str]:
    """Keys that sealed here, and retired ones that some process which was never restarted has sealed with since.

    A key id that nobody knows is damage to one box, and no reason to stop everything.
    """
    others = boxes.key_ids() - checked
    return checked | (others & retired_keys() if others else set())


_RETIRED = "vault.key_retired"
_CHECK = Binding("check", None, "")
_KNOWN = Secret("countersign key check")


def _opens(check: KeyCheck) -> bool:
    try:
        return open_box(check.box, _CHECK) == _KNOWN and key_id_of(check.box) == check.key_id
    except Sealed:
        return False


def _seal(secret: Secret, binding: Binding, key_id: str, key: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, secret.reveal().encode(), binding.associated_data(key_id))
    return bytes([VERSION]) + key_id.encode() + nonce + sealed
