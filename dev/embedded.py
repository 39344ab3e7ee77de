"""The database and the broker of a command: those that the environment names, or embedded ones."""

from __future__ import annotations

import os
from pathlib import Path

from dev.postgres import Postgres
from dev.processes import Family
from dev.valkey import Valkey


def start(family: Family, data: Path, sockets: Path, *, durable: bool) -> dict[str, str]:
    """Start what the environment does not name; returns DATABASE_URL and REDIS_URL. Raises CommandError."""
    urls = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
    servers: dict[str, Postgres | Valkey] = {}
    if "REDIS_URL" not in urls:
        servers["REDIS_URL"] = Valkey(family, data / "valkey", sockets, durable=durable)
    if "DATABASE_URL" not in urls:
        servers["DATABASE_URL"] = Postgres(family, data / "pg", sockets, durable=durable)
    for server in servers.values():
        server.start()
    for server in servers.values():
        server.wait()
    return urls | {name: server.url for name, server in servers.items()}


def stop(family: Family) -> None:
    """Stop the embedded servers; they are the last of the family, since all others need them."""
    family.stop("postgres", "valkey", "initdb", "createdb")
