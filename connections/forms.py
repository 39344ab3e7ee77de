from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core import signing

from connections import endpoints
from connections.clients import policy
from connections.models import Tenant, new_tenant_key
from connections.tenants import identity_changed
from workday.secret import Secret

_KEY_SALT = "connections.new-tenant-key"
_ENDPOINTS = ("rest_endpoint", "authorization_endpoint", "token_endpoint")


def _endpoint(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "url"})
    )


def _write_only(label: str, **options: Any) -> forms.CharField:
    """A field whose value is never put back into a page."""
    widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=4000, widget=widget, **options)


if TYPE_CHECKING:
    # Only the stubs know that a model form is a form of something.
    _TenantModelForm = forms.ModelForm[Tenant]
else:
    _TenantModelForm = forms.ModelForm


class TenantForm(_TenantModelForm):
    """A tenant as Workday's report View API Clients shows it; each problem stands beside its own field."""

    rest_endpoint = _endpoint("Workday REST API Endpoint")
    authorization_endpoint = _endpoint("Authorization Endpoint")
    token_endpoint = _endpoint("Token Endpoint")
    client_secret = _write_only("Client Secret", required=False)
    refresh_token_days = forms.IntegerField(
        label="Refresh Token Timeout (in days)",
        required=False,
        min_value=0,
        max_value=3650,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text="The number that stands at the API client. Leave it empty where refresh tokens do not expire.",
    )
    # A new tenant's key is part of the redirect URL, which Workday asks for before this form can be sent.
    signed_key = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Tenant
        fields = (
            "name",
            "environment",
            *_ENDPOINTS,
            "client_id",
            "refresh_token_days",
            "shared_callback",
            "iss_required",
            "decide_by",
        )
        labels = {
            "client_id": "Client ID",
            "shared_callback": "This API client was registered with the shared redirect URL",
            "iss_required": "Its authorization server names itself in every answer (iss)",
            "decide_by": "Decide with",
        }
        help_texts = {
            "name": "How people here recognise it, for example Acme production.",
            "iss_required": "An answer without that name is then refused. Leave it unticked for Workday itself, "
            "which is not known to send one.",
            "decide_by": "The classic inbox service is for tenants without access to Public Business Processes.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = Tenant.objects.filter(pk=self.instance.pk).first()
        self.fields["client_id"].widget.attrs["autocomplete"] = "off"
        environment = self.fields["environment"]
        if isinstance(environment, forms.TypedChoiceField):
            environment.choices = [("", "Choose one"), *Tenant.Environment.choices]
        if self.before is None:
            self.instance.key = self._signed_key() or new_tenant_key()
            self.initial["signed_key"] = signing.dumps(self.instance.key, salt=_KEY_SALT)
            self.fields["client_secret"].required = True
        else:
            self.fields["client_secret"].help_text = "Leave it empty to keep the secret that is stored."

    def _signed_key(self) -> str | None:
        """The key that an earlier page of ours showed, so that the redirect URL stays the one given to Workday."""
        try:
            return str(signing.loads(self.data.get("signed_key", ""), salt=_KEY_SALT))
        except signing.BadSignature:
            return None

    def clean_client_secret(self) -> str:
        return str(self.cleaned_data["client_secret"]).strip()

    def clean_refresh_token_days(self) -> int | None:
        """Workday's own 0 means that refresh tokens never expire."""
        return self.cleaned_data["refresh_token_days"] or None

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        found = {name: endpoint for name in _ENDPOINTS if (endpoint := self._endpoint(name))}
        if len(found) == len(_ENDPOINTS):
            for name, problem in endpoints.disagreements(found, data.get("environment", "")).items():
                self.add_error(name, problem)
        return data

    def _endpoint(self, name: str) -> endpoints.Endpoint | None:
        if name not in self.cleaned_data:
            return None
        try:
            endpoint = endpoints.read(name, self.cleaned_data[name], policy())
        except endpoints.EndpointError as problem:
            self.add_error(name, str(problem))
            return None
        self.cleaned_data[name] = endpoint.url
        return endpoint

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # The stubs leave this hook of ModelForm out.
        if not self.cleaned_data.get("client_secret") and not self.errors and self._needs_secret():
            self.add_error("client_secret", "Another address or client ID needs its secret entered again.")

    def _needs_secret(self) -> bool:
        return (
            self.before is None or self.before.client_secret_box is None or identity_changed(self.before, self.instance)
        )

    def secret(self) -> Secret | None:
        text = self.cleaned_data["client_secret"]
        return Secret(text) if text else None


class RefreshTokenForm(forms.Form):
    refresh_token = _write_only("Refresh token")

    def secret(self) -> Secret:
        return Secret(self.cleaned_data["refresh_token"].strip())


class ReasonForm(forms.Form):
    """Why a connection is disabled; its person reads it."""

    reason = forms.CharField(
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One sentence. The person reads it on their Connections page.",
    )

    def clean_reason(self) -> str:
        """One line, as it stands in tables and mails."""
        return " ".join(str(self.cleaned_data["reason"]).split())
