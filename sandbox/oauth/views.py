"""The two endpoints of the authorization server: authorize (a page) and token."""

from __future__ import annotations

from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Blueprint, Response, jsonify, make_response, render_template, request

from sandbox.oauth.server import make_server
from sandbox.wire.middleware import mark_applied
from sandbox.world import Tenant, the_tenant, the_world

oauth = Blueprint("oauth", __name__)
server = make_server()


@oauth.get("/<tenant>/authorize")
@oauth.post("/<tenant>/authorize")
def authorize(tenant: str) -> Response:
    """Sign-in and consent: who you are, and whether the client may act for you.

    Whatever is wrong with the client or its redirect URI ends on a page here, never in a redirect.
    """
    asked = the_world().tenants.get(tenant)
    if not asked:
        return _trouble("There is no tenant of this name.", 404)
    if len(request.args.getlist("response_type")) != 1:
        return _trouble("The request must carry exactly one response_type.")
    if not request.args.get("redirect_uri"):
        return _trouble("The request carries no redirect_uri.")
    try:
        grant = server.get_consent_grant()
    except ValueError:
        # Authlib cannot describe an error whose text quotes characters that RFC 6749 forbids there.
        return _trouble("The request carries characters that it must not.")
    except OAuth2Error as error:
        if not error.redirect_uri:
            return _trouble(error.description or error.error)
        return _with_issuer(asked, server.handle_error_response(None, error))
    if request.method == "GET":
        return _consent_page(asked, grant.request.client.name)
    person = asked.company.person(request.form.get("worker", ""))
    allowed = request.form.get("answer") == "allow"
    if allowed and not person:
        return _consent_page(asked, grant.request.client.name, "Choose who you are first.", 400)
    mark_applied(request.environ)
    answer = server.create_authorization_response(grant_user=person.wid if allowed and person else None, grant=grant)
    return _with_issuer(asked, answer)


@oauth.post("/ccx/oauth2/<tenant>/token")
def token(tenant: str) -> Response:
    """The token endpoint: a form in the body, and nothing that counts in the query."""
    the_tenant(tenant)
    if request.mimetype != "application/x-www-form-urlencoded" or request.args:
        return make_response(jsonify(error="invalid_request"), 400)
    answer: Response = server.create_token_response()
    if answer.status_code == 200:
        mark_applied(request.environ)
    return answer


def _consent_page(tenant: Tenant, client: str, complaint: str = "", status: int = 200) -> Response:
    people = [person for person in tenant.company.people.values() if person.has_record]
    page = render_template(
        "consent.html",
        tenant=tenant.name,
        client=client,
        people=people,
        waiting={person.key: len(tenant.company.inbox(person)) for person in people},
        complaint=complaint,
    )
    return make_response(page, status)


def _trouble(reason: str, status: int = 400) -> Response:
    return make_response(render_template("trouble.html", reason=reason), status)


def _with_issuer(tenant: Tenant, answer: Response) -> Response:
    """Add `iss` (RFC 9207) to the redirect when the tenant is switched to send it."""
    if tenant.settings.iss and answer.location:
        issuer = tenant.settings.iss_value or f"{request.host_url}{tenant.name}"
        separator = "&" if "?" in answer.location else "?"
        answer.location = f"{answer.location}{separator}{urlencode({'iss': issuer})}"
    return answer
