"""The demo's sandbox tenant: its process, its one API client, its integration system user's refresh token."""

from __future__ import annotations

import http.client
import json
import os
import sys
from pathlib import Path

from dev import ports
from dev.problems import CommandError
from dev.processes import Family, Plan
from dev.secret_values import Kept

TENANT = "acme"
REFRESH_TOKEN = "DEMO_ISU_REFRESH_TOKEN"  # noqa: S105 - the name of a variable, not its value


def start(family: Family, folder: Path, port: int, public_url: str, secrets: Kept) -> None:
    """Start the sandbox, which does not wait for anything; it sees none of the application's secrets."""
    clients = folder / "clients.json"
    clients.touch(mode=0o600)
    clients.write_text(json.dumps([_client(public_url, secrets)]))
    variables = {
        **os.environ,
        "SANDBOX_PORT": str(port),
        "SANDBOX_STATE": str(folder / "sandbox.sqlite3"),
        "SANDBOX_TENANTS": TENANT,
        "SANDBOX_CLIENTS": str(clients),
    }
    family.start(Plan("sandbox", [sys.executable, "-m", "sandbox"], variables))


def remember_refresh_token(family: Family, port: int, secrets: Kept) -> None:
    """Ask the sandbox for the integration system user's token, once. Raises CommandError."""
    if REFRESH_TOKEN in secrets.values:
        return
    late = "The sandbox did not answer within 60 s."
    family.interrupts.wait_for(lambda: _answers(family, port), 60, late)
    secrets.keep(**{REFRESH_TOKEN: _new_refresh_token(port, secrets.values["DEMO_CLIENT_ID"])})


def _client(public_url: str, secrets: Kept) -> dict[str, object]:
    return {
        "tenant": TENANT,
        "client_id": secrets.values["DEMO_CLIENT_ID"],
        "client_secret": secrets.values["DEMO_CLIENT_SECRET"],
        "redirect_uri": f"{public_url}/oauth/callback/{TENANT}-demo",
        "name": "Countersign demo",
        "kind": "authorization_code",
        "pkce": True,
    }


def _answers(family: Family, port: int) -> bool:
    family.check()
    return ports.healthy(port)


def _new_refresh_token(port: int, client_id: str) -> str:
    connection = http.client.HTTPConnection(ports.HOST, port, timeout=10)
    try:
        body = json.dumps({"tenant": TENANT, "client_id": client_id})
        connection.request("POST", "/_sandbox/isu_token", body, {"Content-Type": "application/json"})
        return str(json.loads(connection.getresponse().read())["refresh_token"])
    except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
        raise CommandError("The sandbox gave no refresh token for its integration system user.") from error
    finally:
        connection.close()
