"""Puts the application together: pages, authorization server, REST services, control plane."""

from __future__ import annotations

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from sandbox.company.refusals import RefusalError
from sandbox.control.pages import pages
from sandbox.control.plane import control
from sandbox.control.tasks import company
from sandbox.oauth.views import oauth
from sandbox.rest.details import details
from sandbox.rest.event_steps import event_steps
from sandbox.rest.events import events
from sandbox.rest.inbox import inbox, inbox_decisions
from sandbox.rest.shapes import answer
from sandbox.settings import Settings, SettingsError
from sandbox.wire.faults import FaultError
from sandbox.wire.middleware import Wire
from sandbox.world import World

# The classic service answers below two prefixes; the service `common` only reads.
_CLASSIC = {"v1": "/ccx/api/v1/<tenant>", "api": "/ccx/api/api/v1/<tenant>"}
_COMMON = {"common": "/ccx/api/common/v1/<tenant>"}
_PROCESS = "/ccx/api/businessProcess/v1/<tenant>"
_PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def make_app(settings: Settings) -> Wire:
    """The whole sandbox as a WSGI application. Raises SettingsError and StoreError."""
    world = World(settings)
    app = Flask("sandbox", static_folder="static", static_url_path="/_sandbox/static")
    app.extensions["sandbox"] = world
    _register(app)
    app.register_error_handler(RefusalError, _refused)
    app.register_error_handler(FaultError, _explained)
    app.register_error_handler(SettingsError, _explained)
    app.register_error_handler(HTTPException, _http_error)
    app.after_request(_protect)
    return Wire(app.wsgi_app, world)


def check(settings: Settings) -> None:
    """Try whether the state file and the clients' file can be used. Raises SettingsError and StoreError."""
    World(settings).store.close()


def _register(app: Flask) -> None:
    for name, prefix in (_CLASSIC | _COMMON).items():
        app.register_blueprint(inbox, url_prefix=prefix, name=f"inbox_{name}")
        app.register_blueprint(details, url_prefix=prefix, name=f"details_{name}")
    for name, prefix in _CLASSIC.items():
        app.register_blueprint(inbox_decisions, url_prefix=prefix, name=f"inbox_decisions_{name}")
    app.register_blueprint(event_steps, url_prefix=_PROCESS)
    app.register_blueprint(events, url_prefix=_PROCESS)
    app.register_blueprint(control)
    app.register_blueprint(company)
    app.register_blueprint(oauth)
    app.register_blueprint(pages)


def _refused(refusal: RefusalError) -> Response:
    return answer(refusal.body(), refusal.status)


def _explained(error: Exception) -> Response:
    return answer({"error": str(error)}, 400)


def _http_error(error: HTTPException) -> Response:
    """Unknown paths and wrong methods: the error model for programs, a page for people."""
    status = error.code or 500
    if request.path.startswith(("/ccx/", "/_sandbox/")):
        text = f"Not Found: {request.path}" if status == 404 else error.name
        response = answer({"error": text}, status)
    else:
        response = Response(render_template("trouble.html", reason=error.name), status)
    # Of the headers that Werkzeug would send with an error, only the allowed methods matter to anybody.
    response.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
    return response


def _protect(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.headers.update(_PAGE_HEADERS)
    return response
