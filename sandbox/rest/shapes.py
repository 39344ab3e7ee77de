"""The JSON of instances and collections, as it looks on the wire."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from sandbox.company.clock import is_date
from sandbox.company.ids import delivered
from sandbox.company.model import Comment, Person, Ref
from sandbox.company.refusals import bad_request
from sandbox.rest.access import Caller
from sandbox.world import Tenant

DEFAULT_LIMIT = 20
MAX_LIMIT = 100
Json = dict[str, Any]


def href(tenant: Tenant, resource: str, key: str) -> str:
    """A link in the form real tenants send: the classic service calls itself `api`, hence the double word."""
    origin = tenant.settings.href_origin or request.host_url.rstrip("/")
    return f"{origin}/ccx/api/api/v1/{tenant.name}/{resource}/{key}"


def reference(tenant: Tenant, ref: Ref) -> Json:
    """An instance reference; the href is there only where the instance has a resource."""
    shape = {"id": ref.id, "descriptor": ref.descriptor}
    if ref.resource:
        shape["href"] = href(tenant, ref.resource, ref.id)
    return shape


def delivered_reference(kind: str, descriptor: str) -> Json:
    """A reference to something Workday delivers, such as a step type."""
    return {"descriptor": descriptor, "id": delivered(kind, descriptor)}


def person_reference(tenant: Tenant, person_wid: str) -> Json:
    """A person with id and name only."""
    return reference(tenant, tenant.company.ref(person_wid))


def worker_summary(tenant: Tenant, person: Person) -> Json:
    """A worker as lists of workers show one."""
    return {
        **reference(tenant, person.ref()),
        "businessTitle": person.title,
        "primaryWorkEmail": person.email,
        "primarySupervisoryOrganization": reference(tenant, person.organization),
    }


def comment_shape(tenant: Tenant, comment: Comment) -> Json:
    """A comment; its text is rich text."""
    return {
        "commentDate": comment.date,
        "person": person_reference(tenant, comment.person),
        "comment": comment.text,
    }


def present(shape: Json) -> Json:
    """Without what is empty: Workday leaves empty fields out and never sends null.

    The order of the keys differs between items, as recorded; here it depends on the id.
    """
    items = [(name, value) for name, value in shape.items() if value not in (None, "", [])]
    turn = int(shape["id"][:4], 16) % len(items)
    return dict(items[turn:] + items[:turn])


def answer(body: Json, status: int = 200) -> Response:
    """A JSON response that keeps the order of its keys."""
    return Response(json.dumps(body, ensure_ascii=False), status, mimetype="application/json")


def window(maximum: int = MAX_LIMIT, default: int = DEFAULT_LIMIT) -> tuple[int, int]:
    """`limit` and `offset` of the request; a limit above the maximum is cut to it (inferred).

    Raises RefusalError (400) when one of them is not a whole number or negative.
    """
    limit, offset = _whole("limit", default), _whole("offset", 0)
    return min(limit, maximum), offset


def collection(total: int, data: list[Json]) -> Response:
    """The envelope of every list: `total` counts all pages, there are no next links."""
    return answer({"total": total, "data": data})


def page(items: list[Any], maximum: int = MAX_LIMIT, default: int = DEFAULT_LIMIT) -> list[Any]:
    """The part of a list that the request asks for. Raises RefusalError (400)."""
    limit, offset = window(maximum, default)
    return items[offset : offset + limit]


def date_argument(name: str) -> str:
    """A date filter of the request, or nothing. Raises RefusalError (400)."""
    text = request.args.get(name, "")
    if text and not is_date(text):
        raise bad_request(f"{name} is not a date")
    return text


def body_object() -> Json:
    """The JSON object in the body. Raises RefusalError (400) for anything else."""
    try:
        body = json.loads(request.get_data() or b"{}")
        # Half a surrogate pair is valid JSON and no text; it could be neither stored nor sent.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise bad_request("the body is not valid JSON") from error
    if not isinstance(body, dict):
        raise bad_request("the body is not a JSON object")
    return body


def text_in(body: Json, name: str) -> str:
    """A text field of a body, without blanks around it; anything that is no text counts as missing."""
    value = body.get(name)
    return value.strip() if isinstance(value, str) else ""


def id_in(body: Json, name: str) -> str:
    """The id of a reference in a body, or nothing."""
    value = body.get(name)
    return text_in(value, "id") if isinstance(value, dict) else ""


def _whole(name: str, default: int) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise bad_request(f"{name} is not a whole number")
    return int(text)


def worker_named(who: Caller, name: str) -> Person | None:
    """`me`, a WID or `Employee_ID=...`; a person's key is no id on the wire."""
    if name == "me":
        return who.person
    company = who.tenant.company
    return company.person(name) if "=" in name else company.by_wid.get(name)
