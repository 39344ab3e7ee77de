from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from accounts.models import User
from connections.models import Connection
from inbox import hours
from inbox.models import InboxTask, NoticeChoice
from inbox.notices import zone_name

KINDS_OFFERED = 50
HOURS = [(hour, f"{hour:02}:00") for hour in range(24)]

if TYPE_CHECKING:
    ChoiceForm = forms.ModelForm[NoticeChoice]
else:
    # Django's own class knows its model only from Meta.
    ChoiceForm = forms.ModelForm


def _hour(label: str, help_text: str = "") -> forms.TypedChoiceField:
    return forms.TypedChoiceField(coerce=int, choices=HOURS, label=label, help_text=help_text)


def _kinds_field(known: list[str]) -> forms.MultipleChoiceField:
    choices = [(kind, kind) for kind in known]
    return forms.MultipleChoiceField(
        label="No mails about", required=False, choices=choices, widget=forms.CheckboxSelectMultiple()
    )


class NoticeForm(ChoiceForm):
    """When to mail a person about their tasks, and about which."""

    daily_at = _hour("Send the daily mail at")
    quiet_from = _hour("Quiet from")
    quiet_until = _hour("Quiet until", "Mails about new tasks wait until then. The same hour twice means never quiet.")

    class Meta:
        model = NoticeChoice
        fields = ["how", "daily_at", "quiet_from", "quiet_until", "with_titles"]
        labels = {"how": "Mail me", "with_titles": "Name the tasks in the mail"}
        help_texts = {
            "how": "A mail about new tasks follows within about half an hour of Workday showing them.",
            "with_titles": "Otherwise a mail says only how many wait, and of which kind. "
            "Mail is read by more programs and people than this page.",
        }
        widgets = {"how": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._how_before = self.instance.how
        known = _kinds(self.instance)
        if known:
            self.fields["kinds_off"] = _kinds_field(known)
            self.initial["kinds_off"] = self.instance.kinds_off

    def save(self, commit: bool = True) -> NoticeChoice:
        """Nothing from before another choice is told, and a daily mail begins with the next time of its hour."""
        choice = self.instance
        choice.kinds_off = self.cleaned_data.get("kinds_off", choice.kinds_off)
        now = timezone.now()
        if choice.how != self._how_before:
            choice.chosen_at = now
        choice.device_zone = timezone.get_current_timezone_name()
        is_daily = choice.how == NoticeChoice.How.DAILY
        choice.next_at = hours.upcoming(choice.daily_at, hours.zone(zone_name(choice)), now) if is_daily else None
        return super().save(commit)


def of(person: User) -> NoticeChoice:
    """This person's choice, or the usual one that is not kept yet."""
    return NoticeChoice.objects.filter(user=person).first() or NoticeChoice(user=person)


def _kinds(choice: NoticeChoice) -> list[str]:
    """The kinds of process this person has had tasks of, and those they switched off before."""
    own = Connection.objects.filter(kind=Connection.Kind.PERSON, user=choice.user)
    had = InboxTask.objects.filter(connection__in=own).exclude(kind="").order_by("kind")
    found = had.values_list("kind", flat=True).distinct()[:KINDS_OFFERED]
    return sorted({*found, *choice.kinds_off})
