"""The tenant's authorization server: API clients, consent, codes and tokens."""

from __future__ import annotations
