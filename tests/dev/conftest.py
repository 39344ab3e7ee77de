from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _truncate_allowed() -> None:
    """These tests use no Django database, so there is none whose triggers could be switched off."""
