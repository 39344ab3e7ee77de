from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.model import world


@pytest.fixture
def small_world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The rows that every story begins with, and a Workday in memory at the end of every call."""
    world.build()
    with world.in_memory(monkeypatch):
        yield
