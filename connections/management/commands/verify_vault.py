from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError

from connections import verification
from connections.management.keyed import KeyedCommand


class Command(KeyedCommand):
    help = (
        "Open every stored token and client secret, compare them with the audit record, and count. "
        "Exit code 0: all is as it should be; 1: something is not, and the alarm was raised; 2: TOKEN_KEYS is wrong."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        count = verification.verify()
        self.stdout.write(
            f"{count.opened:,} boxes opened; {count.refused:,} did not open; {count.without_key:,} need a key that is "
            f"not in TOKEN_KEYS; {count.parked:,} connections were stopped."
        )
        if not count.is_clean:
            raise CommandError("Something is not as it was stored; see Operations and the audit record.", returncode=1)
