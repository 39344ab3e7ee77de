"""`python -m sandbox` starts the sandbox tenants."""

from __future__ import annotations

import os
import sys

from sandbox.server import serve
from sandbox.settings import SettingsError, read_settings
from sandbox.store import StoreError


def main() -> int:
    """Serve, or say in one sentence why not."""
    try:
        serve(read_settings(os.environ))
    except (SettingsError, StoreError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
