"""The part of allauth's pages that exists here: no e-mail management, no confirmation, no sign-up of one's own."""

from __future__ import annotations

from allauth.account import views
from django.urls import path, re_path

from accounts.views.password import forgotten_password

urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    # Answers "sign-up is closed"; allauth needs the name for its mails and its sign-in page.
    path("signup/", views.signup, name="account_signup"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    # A person without a password who is signed in all the same is sent here by allauth.
    path("password/set/", views.password_set, name="account_set_password"),
    path("password/reset/", forgotten_password, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]
