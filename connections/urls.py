from __future__ import annotations

from django.urls import path

from connections.views import checkup, people, tenants

app_name = "connections"
urlpatterns = [
    path("connections/", people.connections, name="list"),
    path("connections/<slug:key>/connect", people.connect, name="connect"),
    path("connections/<uuid:connection_id>/disconnect", people.disconnect, name="disconnect"),
    path("oauth/callback", people.callback, name="callback"),
    path("oauth/callback/<slug:key>", people.callback, name="callback"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("tenants/new", tenants.new, name="tenant_new"),
    path("tenants/<slug:key>/", tenants.tenant, name="tenant"),
    path("tenants/<slug:key>/check", checkup.check, name="tenant_check"),
    path("tenants/<slug:key>/checkup", checkup.checkup, name="tenant_checkup"),
    path("tenants/<slug:key>/checkup.txt", checkup.report, name="tenant_report"),
    path("tenants/<slug:key>/isu", tenants.connect_isu, name="isu"),
    path("tenants/<slug:key>/remove", tenants.remove, name="tenant_remove"),
]
