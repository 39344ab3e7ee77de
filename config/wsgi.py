from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

application = get_wsgi_application()

from connections.vault import prove_keys  # noqa: E402  # the apps must be loaded first

# A web process with a wrong or missing token key stops here instead of calling every connection broken.
try:
    prove_keys()
except ImproperlyConfigured as problem:
    sys.stderr.write(f"The token keys could not be checked: {problem}\n")
    # What gunicorn takes for a process that cannot start; with another code it would try again for ever.
    sys.exit(3)
