"""The sandbox tenant: a stand-in for one or more Workday tenants, as a program of its own."""

from __future__ import annotations
