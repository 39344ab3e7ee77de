from __future__ import annotations

from typing import Any

from django import forms

from inbox.decisions import Wish
from inbox.states import Action

# Workday publishes no limit; longer ones were never seen in its own pages.
LONGEST_COMMENT = 2000


class DecideForm(forms.Form):
    action = forms.ChoiceField(choices=[(Action.APPROVE, "Approve"), (Action.REJECT, "Reject")])
    comment = forms.CharField(required=False, max_length=LONGEST_COMMENT)
    nonce = forms.UUIDField()
    seen = forms.CharField(max_length=64)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("action") == Action.REJECT and not cleaned.get("comment"):
            self.add_error("comment", "Say why you reject this; Workday passes it on.")
        return cleaned

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(Action(given["action"]), given["comment"], given["nonce"], given["seen"])
