"""Starting Django in a process of its own, to see what settings it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The machine that runs the tests may have proxies, which a real installation refuses.
NO_PROXY = {name: "" for proxy in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY") for name in (proxy, proxy.lower())}
REAL = {"INSECURE_DEMO": "false", "WORKDAY_PLAIN_ORIGINS": "", "PUBLIC_URL": "https://approve.example", **NO_PROXY}


def start_with(program: str = "import config.settings", **variables: str) -> str:
    """The last line of what a start with these variables complains about; nothing when it starts."""
    environment = {**os.environ, **variables}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
    )
    return done.stderr.strip().rpartition("\n")[2]
