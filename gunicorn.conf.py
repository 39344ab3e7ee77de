"""How gunicorn serves the web process; read from the folder it is started in. Options on the command line win."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]  # gunicorn ships no types.

_MEMORY = Path("/dev/shm")  # noqa: S108 - gunicorn makes a private file in it
_PASSWORD_LINK = re.compile(r"(/password/reset/key/)[^/]+")


class PathLogger(Logger):  # type: ignore[misc]  # gunicorn ships no types.
    """Writes paths only. The query of /oauth/callback holds a code and a state, and a password link its key.

    The path is the one that came over the wire, still percent-encoded, so that it cannot hold a line break.
    """

    def atoms(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> dict[str, Any]:
        atoms: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {**atoms, "U": _path(environ["RAW_URI"])}

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        super().exception(msg, *(_path(arg) if isinstance(arg, str) else arg for arg in args), **kwargs)


def _path(uri: str) -> str:
    return _PASSWORD_LINK.sub(r"\1...", uri.partition("?")[0])


bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
worker_class = "gthread"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# Longer than the usual 60 s of a proxy, so that the side that opened a connection is the one that closes it.
keepalive = 75
graceful_timeout = 20
# It would open a socket under the home folder, which the image's user does not have.
control_socket_disable = True
# The heartbeat file must not lie on a disk that can stall.
worker_tmp_dir = str(_MEMORY) if _MEMORY.is_dir() else None
accesslog = "-"
access_log_format = '%(t)s %(h)s "%(m)s %(U)s" %(s)s %(B)s %(M)sms'
logger_class = PathLogger
