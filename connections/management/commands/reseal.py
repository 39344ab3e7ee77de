from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connections.resealing import left_under_older_keys, reseal


class Command(BaseCommand):
    help = "Seal every stored token and client secret with the newest key of TOKEN_KEYS, and count what is left."

    def handle(self, *args: Any, **options: Any) -> None:
        count = reseal()
        left = left_under_older_keys()
        self.stdout.write(f"{count.moved} moved to the newest key; {left} left under older keys.")
        if left:
            raise CommandError(
                f"{left} could not be moved ({count.left} rows do not open). Keep the older keys in TOKEN_KEYS."
            )
