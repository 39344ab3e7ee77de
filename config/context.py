from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest


def installation(request: HttpRequest) -> dict[str, object]:
    """What every template may know about this installation."""
    return {"insecure_demo": settings.INSECURE_DEMO}
