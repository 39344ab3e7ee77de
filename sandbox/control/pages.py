"""The pages for a person: what this is, its endpoints, its API clients and its people."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, render_template, request

from sandbox.control.tasks import person_row
from sandbox.settings import SettingsError
from sandbox.world import Tenant, the_world

pages = Blueprint("pages", __name__)


@pages.get("/")
def start_page() -> Response:
    """What this is and what to copy from it."""
    return _page()


@pages.post("/")
def act() -> Response:
    """The two forms of the start page. What they make is shown once, on the page that answers."""
    # Browsers say where a form was sent from; another site's page has no business here.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)
    tenant = the_world().tenants.get(request.form.get("tenant", ""))
    if not tenant:
        return _page(complaint="Choose a tenant.", status=400)
    if request.form.get("act") == "isu_token":
        return _new_isu_token(tenant)
    return _new_client(tenant)


@pages.get("/healthz")
def healthz() -> Response:
    """Ready to answer."""
    return Response("ok", mimetype="text/plain")


@pages.get("/<tenant>/d/home.htmld")
def workday_home(tenant: str) -> Response:
    """Where a real tenant would show Workday itself."""
    if tenant not in the_world().tenants:
        abort(404)
    return make_response(render_template("workday.html", tenant=tenant))


def _new_client(tenant: Tenant) -> Response:
    try:
        client, secret = tenant.register(
            {
                "name": request.form.get("name", "").strip(),
                "redirect_uri": request.form.get("redirect_uri", "").strip(),
                "kind": request.form.get("kind", ""),
                "pkce": "pkce" in request.form,
            }
        )
    except SettingsError as error:
        return _page(complaint=str(error), status=400)
    made = {"Client ID": client.client_id, "Client Secret": secret}
    return _page(made=made, title=f"API client “{client.name}” is registered")


def _new_isu_token(tenant: Tenant) -> Response:
    client = tenant.oauth.clients.get(request.form.get("client_id", ""))
    if not client:
        return _page(complaint="Choose an API client.", status=400)
    token = tenant.oauth.new_isu_token(client, tenant.isu.wid)
    return _page(made={"Refresh Token": token}, title=f"Refresh token of {tenant.isu.name} for “{client.name}”")


def _page(made: dict[str, str] | None = None, title: str = "", complaint: str = "", status: int = 200) -> Response:
    tenants = [_tenant_row(tenant) for tenant in the_world().tenants.values()]
    body = render_template("start.html", tenants=tenants, made=made, title=title, complaint=complaint)
    return make_response(body, status)


def _tenant_row(tenant: Tenant) -> dict[str, object]:
    origin = request.host_url.rstrip("/")
    return {
        "name": tenant.name,
        "endpoints": {
            "Workday REST API Endpoint": f"{origin}/ccx/api/v1/{tenant.name}",
            "Token Endpoint": f"{origin}/ccx/oauth2/{tenant.name}/token",
            "Authorization Endpoint": f"{origin}/{tenant.name}/authorize",
        },
        "clients": list(tenant.oauth.clients.values()),
        "people": [person_row(tenant, person) for person in tenant.company.people.values()],
    }
