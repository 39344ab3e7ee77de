from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView

from config.views import healthz, manifest
from inbox.views import reasons
from inbox.views.operating import operations

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="inbox:list"), name="home"),
    path("healthz", healthz, name="healthz"),
    path("manifest.webmanifest", manifest, name="manifest"),
    path("account/", include("accounts.allauth_urls")),
    path("", include("accounts.urls")),
    path("", include("connections.urls")),
    path("inbox/", include("inbox.urls")),
    path("operations/", operations, name="operations"),
    path("operations/reasons/", reasons.reasons, name="reasons"),
    path("operations/reasons/<int:reason_id>/", reasons.reason, name="reason"),
    path("operations/reasons/<int:reason_id>/remove", reasons.remove_reason, name="remove_reason"),
]
