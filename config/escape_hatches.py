"""Switches of libraries and platforms that would weaken a real installation, were they left on in its environment."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import ImproperlyConfigured

# oauthlib and requests-oauthlib read these wherever they run; not even the demo needs them.
_WEAKEN_OAUTH = ("OAUTHLIB_INSECURE_TRANSPORT", "OAUTHLIB_RELAX_TOKEN_SCOPE", "OAUTHLIB_IGNORE_SCOPE_CHANGE")
_DEBUG = ("DEBUG", "DJANGO_DEBUG")
_OFF = ("", "0", "false", "no", "off")
_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")


def refuse(environ: Mapping[str, str], *, real: bool) -> None:
    """Raises ImproperlyConfigured with the name of the first one that is set; `real` is anything but a demo."""
    for name, value in environ.items():
        problem = _problem(name.upper(), value.strip(), real)
        if problem:
            raise ImproperlyConfigured(f"{name} {problem}")


def _problem(name: str, value: str, real: bool) -> str:
    if name in _WEAKEN_OAUTH and value:
        return "weakens OAuth and must not be set."
    if not real:
        return ""
    if name in _DEBUG and value.lower() not in _OFF:
        return "must not be set: there is no debug mode, and whoever set it expects one."
    if name == "SSLKEYLOGFILE" and value:
        return "must not be set: it would write down the keys of every TLS connection, and with them the tokens."
    if name in _PROXIES and value:
        # Ignoring it in silence would lead requests past a proxy that a network's owner wants them to take.
        return "must be empty: Workday is called directly, at an address that was checked, and never by a proxy."
    return ""
