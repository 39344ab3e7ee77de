from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User


@pytest.fixture
def as_administrator(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator)
    return client


@pytest.fixture
def as_owner(owner: User) -> Client:
    client = Client()
    client.force_login(owner)
    return client
