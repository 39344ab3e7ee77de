from __future__ import annotations

import base64
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from connections import keyring


def entry(key_id: str, length: int = 32, fill: bytes = b"k") -> str:
    return f"{key_id}:{base64.urlsafe_b64encode(fill * length).decode().rstrip('=')}"


def test_the_first_key_is_the_newest() -> None:
    assert list(keyring.read(f"{entry('k002', fill=b'b')}, {entry('k001')}")) == ["k002", "k001"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "k001",
        "k001:",
        "k01:" + entry("k001")[5:],
        entry("k001", 31),
        entry("k001", 33),
        entry("k001", 16),
        "k001:not base64 at all!!!!!!!!!!!!!!!!!!!!!!!!!!!",
        f"{entry('k001')},{entry('k001', fill=b'b')}",
        f"{entry('k001')},{entry('k002')}",
        "k 01:" + entry("k001")[5:],
    ],
)
def test_a_ring_that_is_not_whole_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        keyring.read(text)
    assert entry("k001")[5:] not in str(refused.value)


@pytest.mark.attack("T27")
@pytest.mark.parametrize("text", ["", "k001:short"])
def test_a_process_does_not_start_without_usable_keys(text: str) -> None:
    environ = {**os.environ, "TOKEN_KEYS": text}
    command = [sys.executable, "-c", "import django; django.setup()"]
    stopped = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=60, check=False)
    assert stopped.returncode != 0
    assert "TOKEN_KEYS" in stopped.stderr.splitlines()[-1]
