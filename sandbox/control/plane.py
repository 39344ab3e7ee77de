"""The control plane: reads the ledger, sets faults and switches, resets. JSON in, JSON out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.company.refusals import bad_request, not_found
from sandbox.world import Tenant, the_tenant, the_world

control = Blueprint("control", __name__, url_prefix="/_sandbox")


@control.get("/ledger")
def read_ledger() -> Response:
    """Requests so far; `path` is a part of the path, `since` a number of a request."""
    since = request.args.get("since", "0")
    if not since.isdigit():
        raise bad_request("since is not a number")
    path, method = request.args.get("path", ""), request.args.get("method", "")
    return jsonify(requests=the_world().ledger.read(path, method, int(since)))


@control.delete("/ledger")
def clear_ledger() -> Response:
    """Forget all requests."""
    the_world().ledger.clear()
    return jsonify(requests=[])


@control.get("/faults")
def read_faults() -> Response:
    """The faults that are set."""
    return jsonify(faults=the_world().faults.read())


@control.post("/faults")
def add_fault() -> Response:
    """Set a fault; the answer carries its id."""
    fault = the_world().faults.add(wish())
    return jsonify(id=fault.id)


@control.delete("/faults")
def clear_faults() -> Response:
    """Play no fault any more."""
    the_world().faults.clear()
    return jsonify(faults=[])


@control.post("/settings")
def change_settings() -> Response:
    """Change some switches of a tenant; the answer has all of them."""
    changes = wish()
    tenant = named_tenant(changes)
    tenant.switch({name: value for name, value in changes.items() if name != "tenant"})
    return jsonify(tenant.settings.as_record())


@control.post("/reset")
def reset() -> Response:
    """Everything back to the seed: tasks, switches, faults, ledger, and tokens unless `keep_tokens`."""
    asked = wish()
    world = the_world()
    tenants = [named_tenant(asked)] if "tenant" in asked else list(world.tenants.values())
    for tenant in tenants:
        tenant.reset(keep_tokens=bool(asked.get("keep_tokens")))
    world.faults.clear()
    world.ledger.clear()
    return jsonify(reset=[tenant.name for tenant in tenants])


@control.post("/revoke")
def revoke() -> Response:
    """Take back what a worker allowed."""
    asked = wish()
    tenant = named_tenant(asked)
    person = tenant.company.person(str(asked.get("worker")))
    if not person:
        raise not_found("unknown worker")
    return jsonify(revoked=tenant.oauth.revoke_worker(person.wid))


@control.post("/clients")
def register_client() -> Response:
    """Register an API client; with a client_id and client_secret of one's own it can be repeated."""
    asked = wish()
    client, secret = named_tenant(asked).register(asked)
    return jsonify(client_id=client.client_id, client_secret=secret)


@control.post("/isu_token")
def make_isu_token() -> Response:
    """What "Manage Refresh Tokens for Integrations" does: a refresh token of the ISU that never expires."""
    asked = wish()
    tenant = named_tenant(asked)
    client = tenant.oauth.clients.get(str(asked.get("client_id")))
    if not client:
        raise not_found("unknown API client")
    return jsonify(refresh_token=tenant.oauth.new_isu_token(client, tenant.isu.wid))


def wish() -> dict[str, Any]:
    """The JSON object of the request; no body is an empty one. Raises RefusalError (400).

    The content type is demanded because a page elsewhere cannot send it without asking first.
    """
    if not request.get_data():
        return {}
    body = request.get_json(silent=True) if request.is_json else None
    if not isinstance(body, dict):
        raise bad_request("a JSON object is needed, with Content-Type application/json")
    return body


def named_tenant(asked: dict[str, Any]) -> Tenant:
    """The tenant a wish names, or the first one. Raises RefusalError (404)."""
    return the_tenant(str(asked.get("tenant") or next(iter(the_world().tenants))))
