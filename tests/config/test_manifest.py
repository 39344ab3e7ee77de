from __future__ import annotations

import struct
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

MANIFEST = reverse("manifest")
PNG = b"\x89PNG\r\n\x1a\n"


def size_of(name: str) -> str:
    """Width and height as the picture itself tells them (PNG, section 11.2.2)."""
    data = Path(settings.BASE_DIR, "static", name).read_bytes()
    assert data.startswith(PNG)
    width, height = struct.unpack(">II", data[16:24])
    return f"{width}x{height}"


@pytest.mark.django_db
def test_anybody_may_read_how_to_install_the_pages(client: Client) -> None:
    answer = client.get(MANIFEST)
    assert answer.headers["Content-Type"] == "application/manifest+json"
    told = answer.json()
    assert (told["name"], told["start_url"], told["display"]) == ("Countersign", "/inbox/", "standalone")


@pytest.mark.django_db
def test_every_icon_is_there_in_the_size_it_is_said_to_have(client: Client) -> None:
    pictures = [icon for icon in client.get(MANIFEST).json()["icons"] if icon["type"] == "image/png"]
    assert {icon["sizes"] for icon in pictures} == {"192x192", "512x512"}
    assert [icon["sizes"] for icon in pictures if icon.get("purpose") == "maskable"] == ["512x512"]
    for icon in pictures:
        assert size_of(icon["src"].rsplit("/", 1)[-1]) == icon["sizes"]


@pytest.mark.django_db
def test_every_page_leads_to_the_manifest(client: Client) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert f'<link rel="manifest" href="{MANIFEST}">' in page
    assert size_of("icon-touch-180.png") == "180x180"
