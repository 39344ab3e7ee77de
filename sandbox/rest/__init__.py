"""Workday's REST services as they look on the wire."""

from __future__ import annotations
