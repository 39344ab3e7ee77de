from __future__ import annotations

from allauth.account import views
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def forgotten_password(request: HttpRequest) -> HttpResponse:
    """Mail a link for a new password; without a mail server, say who else can make one."""
    if not settings.EMAIL_HOST:
        return render(request, "accounts/password_without_mail.html")
    answer: HttpResponse = views.password_reset(request)
    return answer
