from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from inbox.models import Reason

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[Reason]
else:
    # Django's own class knows its model only from Meta.
    ModelForm = forms.ModelForm


class ReasonForm(ModelForm):
    """A reason as an administrator writes it."""

    class Meta:
        model = Reason
        fields = ["text", "action", "tenant", "position"]
        labels = {"text": "Reason", "action": "Offered to", "tenant": "Tenant", "position": "Place in the list"}
        help_texts = {
            "text": "It goes to Workday as the comment, where everybody concerned can read it.",
            "position": "Lower numbers come first.",
        }
        widgets = {"text": forms.TextInput(attrs={"autocomplete": "off"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tenant = self.fields["tenant"]
        if isinstance(tenant, forms.ModelChoiceField):
            tenant.empty_label = "All tenants"
            tenant.queryset = tenant.queryset.order_by("name") if tenant.queryset is not None else None
