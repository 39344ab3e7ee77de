from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User

PROFILE = reverse("accounts:profile")


def test_name_and_time_zone_are_kept(as_owner: Client, owner: User) -> None:
    answer = as_owner.post(PROFILE, {"name": "Olive O.", "time_zone": "Asia/Tokyo"}, follow=True)
    owner.refresh_from_db()
    assert (owner.name, owner.time_zone) == ("Olive O.", "Asia/Tokyo")
    assert "Your profile is saved." in answer.content.decode()
    assert "Times are shown in Asia/Tokyo now." in answer.content.decode()


def test_without_a_choice_the_device_says_the_zone(as_owner: Client) -> None:
    as_owner.cookies["time_zone"] = "America/Bogota"
    assert "Times are shown in America/Bogota now." in as_owner.get(PROFILE).content.decode()


def test_a_zone_that_does_not_exist_is_refused_beside_its_field(as_owner: Client, owner: User) -> None:
    answer = as_owner.post(PROFILE, {"name": "Olive", "time_zone": "Mars/Olympus"})
    owner.refresh_from_db()
    assert answer.status_code == 422
    assert 'id="id_time_zone_error"' in answer.content.decode()
    assert owner.time_zone == ""


@pytest.mark.parametrize("field", ["email", "is_administrator", "is_active"])
def test_a_profile_changes_nothing_else(as_owner: Client, owner: User, field: str) -> None:
    before = getattr(owner, field)
    as_owner.post(PROFILE, {"name": "Olive", "time_zone": "", field: "other@example.test"})
    owner.refresh_from_db()
    assert getattr(owner, field) == before


def test_a_name_is_shown_as_text(as_owner: Client) -> None:
    as_owner.post(PROFILE, {"name": "<b>Olive</b>", "time_zone": ""})
    page = as_owner.get(PROFILE).content.decode()
    assert "&lt;b&gt;Olive&lt;/b&gt;" in page
    assert "<b>Olive" not in page


@pytest.mark.parametrize("wanted", [True, False])
def test_keyboard_shortcuts_are_there_until_somebody_turns_them_off(
    as_owner: Client, owner: User, wanted: bool
) -> None:
    assert owner.shortcuts
    as_owner.post(PROFILE, {"name": "Olive", "time_zone": "", **({"shortcuts": "on"} if wanted else {})})
    owner.refresh_from_db()
    assert owner.shortcuts is wanted
