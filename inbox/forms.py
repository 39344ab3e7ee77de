from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from inbox.decisions import Wish
from inbox.models import Reason
from inbox.reasons import NOT_OFFERED
from inbox.states import Action

# Workday publishes no limit; longer ones were never seen in its own pages.
LONGEST_COMMENT = 2000


def _ready_reason() -> forms.ModelChoiceField[Reason]:
    return forms.ModelChoiceField(
        Reason.objects.none(),
        label="Ready-made reason",
        required=False,
        empty_label="Choose…",
        help_text="It fills in the comment.",
        widget=forms.Select(attrs={"data-reason": True}),
        error_messages={"invalid_choice": NOT_OFFERED},
    )


def _offer(offered: QuerySet[Reason], form: forms.Form) -> None:
    """Nothing to choose needs no field, unless something was chosen that is gone by now."""
    reason = form.fields["reason"]
    if not offered and not form.data.get("reason"):
        del form.fields["reason"]
    elif isinstance(reason, forms.ModelChoiceField):
        reason.queryset = offered


class DecideForm(forms.Form):
    action = forms.ChoiceField(choices=[(Action.APPROVE, "Approve"), (Action.REJECT, "Reject")])
    comment = forms.CharField(required=False, max_length=LONGEST_COMMENT)
    nonce = forms.UUIDField()
    seen = forms.CharField(max_length=64)
    # Any that was offered has become part of the comment (`reasons.filled_in`).
    reason = forms.CharField(required=False)

    def clean_reason(self) -> str:
        if self.cleaned_data["reason"]:
            raise forms.ValidationError(NOT_OFFERED)
        return ""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("action") == Action.REJECT and not cleaned.get("comment") and "reason" in cleaned:
            self.add_error("comment", "Say why you reject this; Workday passes it on.")
        return cleaned

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(Action(given["action"]), given["comment"], given["nonce"], given["seen"])


class DoneForm(forms.Form):
    """Saying that a To Do is done. The comment is ours: what there is to say about a To Do is said where it is done."""

    nonce = forms.UUIDField()
    seen = forms.CharField(max_length=64)

    def wish(self) -> Wish:
        return Wish(Action.DONE, "", self.cleaned_data["nonce"], self.cleaned_data["seen"])


class ConfirmForm(forms.Form):
    """One comment for many decisions."""

    reason = _ready_reason()
    comment = forms.CharField(
        label="Comment for Workday",
        required=False,
        max_length=LONGEST_COMMENT,
        help_text="It goes with each of these decisions.",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why you reject these; Workday passes it on."},
    )

    def __init__(self, is_rejection: bool, offered: QuerySet[Reason], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer(offered, self)
        self.fields["comment"].required = is_rejection


class SendBackForm(forms.Form):
    """A reason, and one of the targets that Workday named for this very task."""

    to = forms.ChoiceField(label="Send back to", widget=forms.RadioSelect)
    reason = _ready_reason()
    comment = forms.CharField(
        label="Reason",
        max_length=LONGEST_COMMENT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Say why you send this back; Workday passes it on."},
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, targets: list[tuple[str, str]], offered: QuerySet[Reason], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to = self.fields["to"]
        if isinstance(to, forms.ChoiceField):
            to.choices = targets
            to.error_messages["required"] = "Choose where this goes back to."
        _offer(offered, self)

    def wish(self) -> Wish:
        given = self.cleaned_data
        return Wish(Action.SEND_BACK, given["comment"], given["nonce"], given["seen"], given["to"])
