"""The soak: the whole product under faults drawn by lot, and three ledgers compared at the end."""

from __future__ import annotations
