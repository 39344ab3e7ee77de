from __future__ import annotations

from django.urls import path

from accounts.views import people
from accounts.views.profile import profile

app_name = "accounts"
urlpatterns = [
    path("profile/", profile, name="profile"),
    path("people/", people.people, name="people"),
    path("people/add/", people.add, name="add_person"),
    path("people/<uuid:person_id>/", people.person, name="person"),
    path("people/<uuid:person_id>/link/", people.link, name="person_link"),
    path("people/<uuid:person_id>/administrator/", people.administrator, name="person_administrator"),
    path("people/<uuid:person_id>/active/", people.active, name="person_active"),
]
