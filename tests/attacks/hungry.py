"""One read of an inbox in a process of its own, which then tells how it ended, how long it took, and what it ate.

Asked with `python -m tests.attacks.hungry plain|tls PORT SECONDS`; the answer is one line of JSON. Linux only.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path
from typing import Any

from tests.workday.far_side import far_side, ok, says
from workday import transport
from workday.client import Workday
from workday.errors import WorkdayError
from workday.secret import Secret
from workday.session import Policy, Session

HOST = "wd5.workday.com"


def inbox(session: Session, origin: str, seconds: float) -> str:
    """The name of what the read ended with."""
    workday = Workday(session, f"{origin}/ccx/api/v1/acme", Secret("a token"), read_seconds=seconds)
    try:
        for _ in workday.inbox():
            pass
    except WorkdayError as error:
        return type(error).__name__
    return "read"


def session_to(kind: str, port: int) -> tuple[Session, str]:
    if kind == "plain":
        origin = f"http://127.0.0.1:{port}"
        return Session(Policy((), (origin,))), origin

    def dial(address: str, _: int, seconds: float) -> socket.socket:
        return transport.dial("127.0.0.1", port, seconds)

    return Session(Policy(("workday.com",)), resolve=lambda *_: ["93.184.216.34"], dial=dial), f"https://{HOST}"


def kilobytes(name: str) -> int:
    """A line of /proc/self/status: VmRSS is what is held now, VmHWM the most since `forget`."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def forget() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def warm_up() -> None:
    """What the first request ever needs, such as modules that are loaded late, is not the answer's doing."""
    with far_side(says(ok(b'{"data": []}', b"Connection: close"))) as server:
        session, origin = session_to("plain", server.port)
        with session:
            inbox(session, origin, 0.2)


def measured(kind: str, port: int, seconds: float) -> dict[str, Any]:
    session, origin = session_to(kind, port)
    with session:
        forget()
        held, begun = kilobytes("VmRSS"), time.monotonic()
        ended = inbox(session, origin, seconds)
        taken = time.monotonic() - begun
    return {"ended": ended, "seconds": taken, "megabytes": (kilobytes("VmHWM") - held) / 1024}


if __name__ == "__main__":
    warm_up()
    print(json.dumps(measured(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
