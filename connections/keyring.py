from __future__ import annotations

import base64
import binascii
import functools
import re

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9_-]{4}")


@functools.cache
def ring() -> dict[str, bytes]:
    """The keys of TOKEN_KEYS by their id, newest first: the first one seals, all of them open.

    Raises ImproperlyConfigured when there is none or one is malformed; there is no way to go on without.
    """
    return read(settings.TOKEN_KEYS)


def read(text: str) -> dict[str, bytes]:
    keys: dict[str, bytes] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = entry.partition(":")
        if not _KEY_ID.fullmatch(key_id):
            raise ImproperlyConfigured("TOKEN_KEYS: each key needs an id of four letters or digits and a colon.")
        if key_id in keys:
            raise ImproperlyConfigured(f"TOKEN_KEYS names the key {key_id} twice.")
        keys[key_id] = _decode(key_id, encoded)
    if not keys:
        raise ImproperlyConfigured("TOKEN_KEYS must hold at least one key; without one no token can be kept.")
    if len(set(keys.values())) != len(keys):
        raise ImproperlyConfigured("TOKEN_KEYS holds the same key under two ids.")
    return keys


def _decode(key_id: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ImproperlyConfigured(f"TOKEN_KEYS: the key {key_id} is not {KEY_BYTES} bytes of base64url.")
    return key
