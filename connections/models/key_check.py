from __future__ import annotations

from django.db import models


class KeyCheck(models.Model):
    """Proof of a key of the ring: a known text sealed with it, so that a wrong key is found before it is used."""

    key_id = models.CharField(max_length=4, primary_key=True)
    box = models.BinaryField()

    def __str__(self) -> str:
        return self.key_id
