"""Whether the three endpoints that an administrator copied from Workday are well formed and belong together."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from connections.models import Tenant
from workday.errors import NotSent
from workday.origins import Policy

# The shapes that Workday's report View API Clients shows.
_PATHS = {
    "rest_endpoint": re.compile(r"/ccx/api/v1/(?P<tenant>[A-Za-z0-9_-]{1,60})"),
    "authorization_endpoint": re.compile(r"/(?P<tenant>[A-Za-z0-9_-]{1,60})/authorize"),
    "token_endpoint": re.compile(r"/ccx/oauth2/(?P<tenant>[A-Za-z0-9_-]{1,60})/token"),
}
_SHAPES = {
    "rest_endpoint": "https://…/ccx/api/v1/{tenant}",
    "authorization_endpoint": "https://…/{tenant}/authorize",
    "token_endpoint": "https://…/ccx/oauth2/{tenant}/token",
}


class EndpointError(ValueError):
    """One sentence for the person beside the field."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One vetted endpoint; `url` is in the one spelling that is stored and sent."""

    url: str
    host: str
    tenant: str
    is_plain: bool

    @property
    def is_implementation(self) -> bool:
        """Workday runs everything but production on hosts such as wd5-impl-services1.workday.com."""
        return "impl" in re.split(r"[.-]", self.host)


def read(field: str, text: str, policy: Policy) -> Endpoint:
    """Vet what was entered in `field` (a Tenant field's name). Raises EndpointError."""
    text = text.strip()
    if "?" in text or "#" in text:
        raise EndpointError("Leave out everything from the question mark or # on.")
    try:
        inside = policy.inside(text)
    except NotSent as refusal:
        raise EndpointError(_explained(refusal, policy)) from None
    parts = urlsplit(policy.outside(inside))
    path = parts.path.removesuffix("/")
    shape = _PATHS[field].fullmatch(path)
    if shape is None:
        raise EndpointError(f"It should look like {_SHAPES[field]}.")
    url = f"{parts.scheme}://{parts.netloc}{path}"
    return Endpoint(url, parts.netloc, shape["tenant"], policy.is_plain(inside))


def _explained(refusal: NotSent, policy: Policy) -> str:
    if "list of Workday hosts" in refusal.reason:
        return f"The host must be one of Workday's: a name under {' or '.join(policy.hosts)}, without a port."
    if "https" in refusal.reason:
        return "It must begin with https://."
    return "This is not a web address as Workday shows it."


def disagreements(found: dict[str, Endpoint], environment: str) -> dict[str, str]:
    """What does not fit together, a sentence by field name; `found` holds all three endpoints."""
    rest = found["rest_endpoint"]
    problems = {}
    for field in ("authorization_endpoint", "token_endpoint"):
        if found[field].tenant != rest.tenant:
            problems[field] = f"This names the tenant “{found[field].tenant}”, the REST API endpoint “{rest.tenant}”."
    if found["token_endpoint"].host != rest.host:
        problems.setdefault("token_endpoint", "The token and REST API endpoints must be on the same host.")
    if found["authorization_endpoint"].is_implementation != rest.is_implementation:
        problems.setdefault(
            "authorization_endpoint",
            "One of this and the REST API endpoint is on an implementation host and the other in production.",
        )
    elif not rest.is_plain and rest.is_implementation == (environment == Tenant.Environment.PRODUCTION):
        problems["environment"] = _wrong_environment(rest)
    return problems


def _wrong_environment(rest: Endpoint) -> str:
    if rest.is_implementation:
        return f"{rest.host} is not a production host; choose the environment that it belongs to."
    return f"{rest.host} is a production host; choose Production or copy the endpoints of the other tenant."


def problems(tenant: Tenant, policy: Policy) -> dict[str, str]:
    """What is wrong with a tenant's endpoints by the present rules, a sentence by field name."""
    found, wrong = {}, {}
    for field in _PATHS:
        try:
            found[field] = read(field, getattr(tenant, field), policy)
        except EndpointError as problem:
            wrong[field] = str(problem)
    return wrong or disagreements(found, tenant.environment)
