"""Processes without the keys they need: they do not start, say why, and show nothing. Those that run go on."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from accounts.models import User
from connections import grants, vault
from connections.models import Connection
from dev import parts
from tests import key_ring
from tests.attacks import stored
from tests.attacks.server import SandboxServer
from tests.key_ring import NEW, OLD, ROOT

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = key_ring.entry("k002", "x")
PARTS = {
    "web": [sys.executable, "-m", "gunicorn", "config.wsgi", "--bind=127.0.0.1:0", "--workers=1"],
    "worker": parts.worker(),
    "beat": parts.beat(Path("SCHEDULE")),
    "rotate_token_keys": [sys.executable, "manage.py", "rotate_token_keys"],
    "verify_vault": [sys.executable, "manage.py", "verify_vault"],
    "tenant_check": [sys.executable, "manage.py", "tenant_check", "acme"],
}


def start(part: str, *ring: str) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        command = [word.replace("SCHEDULE", f"{folder}/beat") for word in PARTS[part]]
        return key_ring.run(command, key_ring.environment(*ring, CELERY_QUEUE="nobody-takes-this"))


@pytest.fixture
def kept(sandbox_server: SandboxServer, owner: User) -> Connection:
    """A connection sealed with the newest of two keys."""
    with key_ring.ring(NEW, OLD):
        vault.prove_keys()
        return stored.store(owner, sandbox_server.register())


@pytest.mark.attack("T27")
@pytest.mark.parametrize("part", PARTS)
def test_with_another_value_for_a_key_nothing_starts(kept: Connection, part: str) -> None:
    done = start(part, OTHER, OLD)
    assert done.returncode not in (0, None)
    assert "another value for the key k002" in done.stderr
    assert OTHER[5:] not in done.stderr + done.stdout


@pytest.mark.attack("T27")
@pytest.mark.parametrize("part", PARTS)
def test_without_a_key_that_is_needed_nothing_starts(kept: Connection, part: str) -> None:
    """The newest key is missing on one of two machines: the other one goes on."""
    done = start(part, OLD)
    assert done.returncode not in (0, None)
    assert "TOKEN_KEYS lacks the key k002" in done.stderr
    with key_ring.ring(NEW, OLD):
        assert grants.access_token(kept)


@pytest.mark.attack("T27")
@pytest.mark.parametrize(
    ("part", "ring"),
    [("web", ""), ("worker", ""), ("beat", "k001:short"), ("rotate_token_keys", ""), ("verify_vault", "k001:short")],
)
def test_with_an_empty_or_short_key_nothing_starts(part: str, ring: str) -> None:
    done = start(part, ring)
    assert done.returncode not in (0, None)
    assert "TOKEN_KEYS" in done.stderr


@pytest.mark.attack("T27")
@pytest.mark.parametrize("command", ["rotate_token_keys", "verify_vault"])
@pytest.mark.parametrize("ring", ["", OLD], ids=["empty", "without the newest"])
def test_a_command_says_so_in_one_sentence_and_with_a_code_of_its_own(
    kept: Connection, command: str, ring: str
) -> None:
    done = start(command, ring)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


READS_A_TOKEN = """
import sys
import django
django.setup()
from connections import grants
from connections.models import Connection
print("started", flush=True)
sys.stdin.readline()
print(len(grants.access_token(Connection.objects.select_related("tenant").get()).reveal()))
"""


@pytest.mark.attack("T29")
def test_a_running_process_needs_no_key_file_and_a_new_one_says_what_is_missing(
    kept: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "token_keys"
    file.write_text(f"{NEW},{OLD}")
    environ = key_ring.environment(TOKEN_KEYS_FILE=str(file))
    command = [sys.executable, "-c", READS_A_TOKEN]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout
        assert running.stdout.readline() == "started\n"
        file.unlink()
        said, _ = running.communicate("go on\n", timeout=60)
    assert int(said) == len(stored.secrets_of(kept)[0])
    new = key_ring.run(command, environ)
    assert new.returncode != 0
    assert "TOKEN_KEYS_FILE" in new.stderr.splitlines()[-1]
