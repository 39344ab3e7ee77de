"""A Workday that says to the token call and to "who am I" exactly what a test wrote down for it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from accounts.models import User
from connections import tenants
from connections.models import Tenant
from workday.secret import Secret


@dataclass(frozen=True, slots=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)


def says(body: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode())


@dataclass
class ScriptedWorkday:
    """`token` and `me` may be changed at any time; `asked` holds method and path of every request."""

    url: str = ""
    token: Reply = field(default_factory=lambda: says({"access_token": "a" * 25, "token_type": "Bearer"}))
    me: Reply = field(default_factory=Reply)
    asked: list[str] = field(default_factory=list)

    def is_asked_by(self, wid: str, name: str) -> None:
        self.me = says({"id": wid, "descriptor": name})

    def register(self, actor: User) -> Tenant:
        tenant = Tenant(
            key="scripted",
            name="Scripted",
            environment=Tenant.Environment.SANDBOX,
            rest_endpoint=f"{self.url}/ccx/api/v1/scripted",
            authorization_endpoint=f"{self.url}/scripted/authorize",
            token_endpoint=f"{self.url}/ccx/oauth2/scripted/token",
            client_id="client",
        )
        tenants.register(tenant, Secret("secret"), actor)
        return tenant


@contextmanager
def scripted_workday() -> Iterator[ScriptedWorkday]:
    """Serve until the end of the block, on loopback."""
    script = ScriptedWorkday()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self._reply(script.token)

        def do_GET(self) -> None:
            self._reply(script.me)

        def _reply(self, reply: Reply) -> None:
            script.asked.append(f"{self.command} {self.path}")
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Test runs are quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        script.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield script
        finally:
            server.shutdown()
            thread.join()
