from __future__ import annotations

import functools
import zoneinfo
from itertools import groupby
from typing import TYPE_CHECKING, Any

from allauth.account.forms import LoginForm
from django import forms

from accounts.models import User

Choices = list[tuple[str, list[tuple[str, str]]]]
AREAS = {"Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}


@functools.cache
def zones_by_area() -> Choices:
    """Every time zone named after a place, grouped by continent or ocean, with the place as its label."""
    named = sorted(name for name in zoneinfo.available_timezones() if name.split("/")[0] in AREAS)
    areas = groupby(named, key=lambda name: name.split("/")[0])
    return [(area, [(name, _place(name)) for name in names]) for area, names in areas]


def _place(name: str) -> str:
    return name.partition("/")[2].replace("_", " ").replace("/", ", ")


def zone_choices() -> list[Any]:
    return [("", "As on this device"), ("UTC", "UTC"), *zones_by_area()]


if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    # Django's own class knows its model only from Meta.
    UserForm = forms.ModelForm


class ProfileForm(UserForm):
    time_zone = forms.ChoiceField(
        choices=zone_choices, required=False, help_text="All times on these pages are shown in this zone."
    )

    class Meta:
        model = User
        fields = ["name", "time_zone", "shortcuts", "open_next"]
        # WCAG 2.1.4: whoever speaks to the computer may set off single keys without meaning to.
        help_texts = {
            "name": "How administrators see you here. Workday keeps using your name there.",
            "shortcuts": "Single keys move through your inbox and decide: ? shows them there.",
            "open_next": "Where tasks open beside the list: the next one you can decide follows by itself.",
        }
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class PersonForm(forms.Form):
    email = forms.EmailField(label="E-mail", max_length=254, help_text="They sign in with this address.")
    name = forms.CharField(max_length=120, required=False)

    email.widget.attrs["autocomplete"] = name.widget.attrs["autocomplete"] = "off"


class SignInForm(LoginForm):  # type: ignore[misc]  # allauth ships no types.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = "E-mail"
