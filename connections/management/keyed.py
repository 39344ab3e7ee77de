"""Commands that open or seal what is stored."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from connections.vault import prove_keys

REFUSED = 2


class KeyedCommand(BaseCommand):
    """Ends with one sentence and exit code 2 when TOKEN_KEYS is wrong; all that is stored would seem tampered with."""

    def execute(self, *args: Any, **options: Any) -> str | None:
        try:
            prove_keys()
        except ImproperlyConfigured as problem:
            raise CommandError(str(problem), returncode=REFUSED) from None
        except DatabaseError as error:
            raise CommandError(f"The database cannot be used: {error}", returncode=REFUSED) from None
        return super().execute(*args, **options)
