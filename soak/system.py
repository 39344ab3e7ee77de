"""The whole product as processes that can be struck down one by one, each with a fault proxy on its way out."""

from __future__ import annotations

import json
import os
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from dev import environment, ports, secret_values
from dev import parts as commands
from dev.interrupts import Interrupts
from dev.postgres import Postgres
from dev.processes import Child, Family, Plan
from dev.valkey import Valkey
from soak.far_side import FarSide
from soak.links import Links
from soak.parts import Part
from soak.places import CLIENT_SECRET, EFFECTIVE, ORIGINS, PASSWORD, PLACES, SANDBOXES

WORKERS = 3
QUEUE = "countersign"
THREADS = 4
READY_SECONDS = 60.0
PREPARE_SECONDS = 120.0
# Deadlines as short as the settings allow, so that ten minutes hold many lives of a lease.
SHORTENED = {
    "UNDO_SECONDS": "2",
    "READ_SECONDS": "3",
    "SEND_SECONDS": "5",
    "GRACE_SECONDS": "2",
    "READS_APART_SECONDS": "3",
    "LEASE_SECONDS": "12",
}


class System:
    """Started with `start`, looked after with `look_after`, stopped with `stop`. Raises CommandError."""

    def __init__(self, folder: Path, interrupts: Interrupts) -> None:
        self.interrupts = interrupts
        self.folder = folder
        self.family = Family(interrupts, folder / "log")
        self.parts: dict[str, Part] = {}
        self.password = secret_values.password()
        self._secret = secrets.token_urlsafe(32)
        web, *self._ports = _free_ports(1 + 2 * SANDBOXES)
        self.url = f"http://{ports.HOST}:{web}"
        self._web_port = web
        self._sockets = {name: _folder(folder / name) for name in ("s", "p", "q")}
        self.far_sides = [FarSide(f"http://{ports.HOST}:{port}") for port in self._ports[:SANDBOXES]]
        self.effective: dict[str, float] = {}

    @property
    def workers(self) -> list[Part]:
        return [part for name, part in self.parts.items() if name.startswith("worker")]

    @property
    def origins(self) -> list[str]:
        """The sandboxes as the product sees them: through their proxies."""
        return [f"http://{ports.HOST}:{port}" for port in self._ports[SANDBOXES:]]

    def start(self) -> None:
        for number, port in enumerate(self._ports[:SANDBOXES]):
            self._start_sandbox(number, port)
        self._start_stores()
        self._start_proxy()
        self._prepare()
        self._start_product()

    def check(self) -> None:
        """Raises CommandError when something that nothing here strikes has ended, such as the people."""
        for child in self.family.children:
            if not any(part.child is child for part in self.parts.values()):
                child.check()

    def look_after(self) -> None:
        """Start again whatever is down and should not be."""
        for part in self.parts.values():
            part.look_after(self.family)

    def run(self, name: str, module: str, *arguments: str, variables: dict[str, str] | None = None) -> Child:
        """A process of the soak's own, such as the people at their keyboards."""
        plan = Plan(name, [sys.executable, "-m", module, *arguments], {**os.environ, **(variables or {})})
        return self.family.start(plan)

    def stop(self) -> None:
        """The product first, then what it speaks to."""
        names = [child.plan.name for child in self.family.children]
        servers = {name for name in names if name.startswith(("sandbox", "postgres", "valkey", "proxy"))}
        self.family.stop(*(name for name in names if name not in servers))
        self.family.stop(*servers)

    def stop_product(self) -> None:
        """Let web, worker and beat end, so that nothing is written any more."""
        names = [self.parts[name].child.plan.name for name in self.parts if name not in ("postgres", "valkey")]
        self.family.stop(*names)

    def _start_sandbox(self, number: int, port: int) -> None:
        places = [place for place in PLACES if place.sandbox == number]
        clients = self.folder / f"clients-{number}.json"
        clients.touch(mode=0o600)
        clients.write_text(json.dumps([self._client(place.key, place.client_id) for place in places]))
        variables = {
            "SANDBOX_PORT": str(port),
            "SANDBOX_STATE": "",
            "SANDBOX_TENANTS": ",".join(place.key for place in places),
            "SANDBOX_CLIENTS": str(clients),
        }
        self.run(f"sandbox-{number}", "sandbox", variables=variables)

    def _client(self, tenant: str, client_id: str) -> dict[str, object]:
        return {
            "tenant": tenant,
            "client_id": client_id,
            "client_secret": self._secret,
            "redirect_uri": f"{self.url}/oauth/callback/{tenant}",
            "name": "Soak",
            "kind": "authorization_code",
            "pkce": True,
        }

    def _start_stores(self) -> None:
        """PostgreSQL is durable, since an immediate stop must keep what was acknowledged; Valkey keeps nothing."""
        self._postgres = Postgres(self.family, self.folder / "pg", self._sockets["s"])
        self._valkey = Valkey(self.family, self.folder / "valkey", self._sockets["s"], durable=False)
        self.database_url = self._postgres.url
        self.redis_socket = self._sockets["s"] / "valkey.sock"
        self._add("postgres", self._begin_postgres)
        self._add("valkey", self._begin_valkey)
        self._postgres.wait()
        self._valkey.wait()

    def _begin_postgres(self, name: str) -> Child:
        self._postgres.start()
        return self.family.children[-1]

    def _begin_valkey(self, name: str) -> Child:
        self._valkey.start()
        return self.family.children[-1]

    def _start_proxy(self) -> None:
        postgres = f"unix:{self._sockets['s']}/.s.PGSQL.5432"
        links = {
            "postgres-worker": [f"unix:{self._sockets['p']}/.s.PGSQL.5432", postgres],
            "postgres-web": [f"unix:{self._sockets['q']}/.s.PGSQL.5432", postgres],
            "valkey": [f"unix:{self._sockets['p']}/valkey.sock", f"unix:{self.redis_socket}"],
        }
        for number, (near, far) in enumerate(zip(self._ports[SANDBOXES:], self._ports, strict=False)):
            links[f"sandbox-{number}"] = [f"{ports.HOST}:{near}", f"{ports.HOST}:{far}"]
        control = self.folder / "proxy.sock"
        self.run("proxy", "soak.proxy", str(control), json.dumps(links))
        self.interrupts.wait_for(control.exists, READY_SECONDS, "The fault proxy did not start.")
        self.links = Links(control)

    def _prepare(self) -> None:
        told = self.folder / "effective.json"
        more = {
            PASSWORD: self.password,
            CLIENT_SECRET: self._secret,
            ORIGINS: ",".join(self.origins),
            EFFECTIVE: str(told),
        }
        self._secrets = {"SECRET_KEY": secret_values.secret_key(), "TOKEN_KEYS": secret_values.token_key()}
        child = self.run("prepare", "soak.prepare", variables={**self._environment("p"), **more})
        self.family.finish(child, PREPARE_SECONDS)
        self.effective = json.loads(told.read_text())

    def _environment(self, sockets: str) -> dict[str, str]:
        urls = {
            "DATABASE_URL": f"postgresql://app@/app?host={self._sockets[sockets]}",
            "REDIS_URL": f"unix://{self._sockets['p']}/valkey.sock",
        }
        usual = environment.application(self._secrets, urls, self.url, "", self.folder / "static")
        return {**usual, "WORKDAY_PLAIN_ORIGINS": ",".join(self.origins), "CELERY_QUEUE": QUEUE, **SHORTENED}

    def _start_product(self) -> None:
        web, worker = self._environment("q"), self._environment("p")
        self._add_command("web", commands.web(self._web_port), web)
        for number in range(WORKERS):
            self._add_command(f"worker-{number}", _worker(number), worker)
        self._add_command("beat", commands.beat(self.folder / "beat"), worker)
        late = "The product did not answer in time."
        self.interrupts.wait_for(lambda: ports.healthy(self._web_port), READY_SECONDS, late)

    def _add_command(self, name: str, command: list[str], variables: dict[str, str]) -> None:
        self._add(name, lambda log: self.family.start(Plan(log, command, variables)))

    def _add(self, name: str, begin: Callable[[str], Child]) -> None:
        part = self.parts[name] = Part(name, begin)
        part.start()


def _worker(number: int) -> list[str]:
    """Several processes of few threads, so that one can be struck down while others go on."""
    command = f"celery -A config worker --pool threads --concurrency {THREADS} --loglevel WARNING -n soak{number}@%h"
    alone = ("--without-gossip", "--without-mingle", "--without-heartbeat")
    return [sys.executable, "-m", *command.split(), *alone]


def _folder(path: Path) -> Path:
    path.mkdir(mode=0o700)
    return path


def _free_ports(count: int) -> list[int]:
    """Ports that were free a moment ago."""
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((ports.HOST, 0))
        return [probe.getsockname()[1] for probe in probes]
