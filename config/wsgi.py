from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from connections.vault import prove_keys  # noqa: E402  # the apps must be loaded first

# A web process with a wrong or missing token key stops here instead of calling every connection broken.
prove_keys()
