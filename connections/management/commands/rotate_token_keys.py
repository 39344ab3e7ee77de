from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from connections import boxes, rotation
from connections.keyring import ring
from connections.management.keyed import KeyedCommand


class Command(KeyedCommand):
    help = (
        "Seal every stored token and client secret with the first key of TOKEN_KEYS, while everything goes on, and "
        "count what is left. Exit code 0: nothing is left under an older key; 1: something is; 2: TOKEN_KEYS is wrong."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="rows in one transaction")
        parser.add_argument(
            "--patience", type=float, default=rotation.PATIENCE_SECONDS, help="seconds to wait for locked rows"
        )

    def handle(self, *args: Any, batch: int, patience: float, **options: Any) -> None:
        refused = self._rotate(batch, patience)
        self._count()
        if left := rotation.left():
            raise CommandError(_why(left, refused), returncode=1)
        self.stdout.write("Nothing is left under an older key; older keys may leave TOKEN_KEYS.")

    def _rotate(self, batch: int, patience: float) -> set[str]:
        self.stdout.write(f"Sealing with {next(iter(ring()))}.")
        refused: set[str] = set()
        for progress in rotation.rotate(batch, patience):
            refused = progress.refused
            self.stdout.write(f"{progress.moved:,} boxes moved")
            self.stdout.flush()
        return refused

    def _count(self) -> None:
        for column, counter in boxes.counts().items():
            told = ", ".join(f"{key_id}: {count:,}" for key_id, count in counter.items()) or "none"
            self.stdout.write(f"{column.meaning}: {told}")


def _why(left: list[str], refused: set[str]) -> str:
    lines = [f"{row} ({'does not open' if row in refused else 'is locked'})" for row in left]
    return "\n".join([f"{len(left)} left under an older key; keep that key in TOKEN_KEYS and run this again.", *lines])
