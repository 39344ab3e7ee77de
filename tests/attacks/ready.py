"""Imported once by the process that callers are forked from, so that each of them starts in no time."""

from __future__ import annotations

import django

django.setup()
