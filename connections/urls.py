from __future__ import annotations

from django.urls import path

from connections.views import changes, checkup, isu, people, roster, tenants

app_name = "connections"
urlpatterns = [
    path("connections/", people.connections, name="list"),
    path("connections/<slug:key>/", people.one, name="one"),
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
    path("tenants/<slug:key>/change/confirm", changes.confirm, name="tenant_change_confirm"),
    path("tenants/<slug:key>/change/drop", changes.drop, name="tenant_change_drop"),
    path("tenants/<slug:key>/isu", isu.by_token, name="isu"),
    path("tenants/<slug:key>/isu/client", isu.by_client, name="isu_by_client"),
    path("tenants/<slug:key>/people/", roster.people, name="people"),
    path("tenants/<slug:key>/people/<uuid:person_id>/link", roster.send_link, name="send_link"),
    path("tenants/<slug:key>/connections/<uuid:connection_id>/", roster.connection, name="connection"),
    path("tenants/<slug:key>/connections/<uuid:connection_id>/disable", roster.disable, name="disable"),
    path("tenants/<slug:key>/connections/<uuid:connection_id>/enable", roster.enable, name="enable"),
    path("tenants/<slug:key>/remove", tenants.remove, name="tenant_remove"),
]
