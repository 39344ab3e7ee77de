"""The authorization server proper, on Authlib: RFC 6749 with PKCE (RFC 7636), for whichever tenant is asked."""

from __future__ import annotations

from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6749.grants import (
    AuthorizationCodeGrant,
    ClientCredentialsGrant,
    RefreshTokenGrant,
)
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge
from flask import Response, request

from sandbox.oauth.records import Client, Code, RefreshToken
from sandbox.world import Tenant, the_tenant

_AUTH_METHODS = ["client_secret_basic", "client_secret_post"]


def asked_tenant() -> Tenant:
    """The tenant in the path of the current request."""
    return the_tenant((request.view_args or {})["tenant"])


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib ships no types.
    """Authorization code, single use (RFC 6749 section 4.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS

    def create_authorization_response(self, redirect_uri: str, grant_user: str | None) -> Any:
        self._redirect_uri = redirect_uri
        return super().create_authorization_response(redirect_uri, grant_user)

    def generate_authorization_code(self) -> str:
        challenge = self.request.payload.data.get("code_challenge") or ""
        registry = asked_tenant().oauth
        return registry.new_code(self.request.client, self._redirect_uri, self.request.user, challenge)

    def save_authorization_code(self, code: str, request: Any) -> None:
        """The code is kept when it is made."""

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        return asked_tenant().oauth.find_code(code, client)

    def authenticate_user(self, authorization_code: Code) -> str:
        return authorization_code.worker

    def generate_token(self, **_: Any) -> dict[str, Any]:
        return asked_tenant().oauth.redeem(self.request.form["code"], self.request.authorization_code)

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """A used code stays known, so that its second use can be told from a made-up one."""


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]  # Authlib ships no types.
    """Refresh token, of a person or of the ISU (RFC 6749 section 6)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshToken | None:
        return asked_tenant().oauth.find_refresh(refresh_token)

    def authenticate_user(self, refresh_token: RefreshToken) -> RefreshToken:
        return refresh_token

    def issue_token(self, user: RefreshToken, refresh_token: RefreshToken) -> dict[str, Any]:
        return asked_tenant().oauth.renew(self.request.form["refresh_token"], refresh_token)

    def revoke_old_credential(self, refresh_token: RefreshToken) -> None:
        """Rotation is the registry's business."""


class IsuGrant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types.
    """Client credentials, mapped to the ISU ("Create Client Credentials Mapping" in Workday)."""

    TOKEN_ENDPOINT_AUTH_METHODS = _AUTH_METHODS

    def generate_token(self, **_: Any) -> dict[str, Any]:
        tenant = asked_tenant()
        return tenant.oauth.issue_to_isu(self.request.client, tenant.isu.wid)


class Pkce(CodeChallenge):  # type: ignore[misc]  # Authlib ships no types.
    """S256 only. A verifier without a challenge is let through: clients without PKCE were seen to accept one."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]
    CODE_CHALLENGE_METHODS = {
        "S256": lambda verifier, challenge: create_s256_code_challenge(verifier) == challenge,
    }

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        tenant, sent = asked_tenant(), grant.request.payload.data
        client = tenant.oauth.clients[grant.request.payload.client_id]
        if "code_challenge" not in sent and (client.pkce or tenant.settings.pkce_required):
            raise InvalidRequestError("Missing 'code_challenge'")
        if "code_challenge" in sent and sent.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Unsupported 'code_challenge_method'")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        if grant.request.authorization_code.code_challenge:
            super().validate_code_verifier(grant, result)


class Server(AuthorizationServer):  # type: ignore[misc]  # Authlib ships no types.
    """Authlib's server with the error answers that Workday's clients expect."""

    def query_client(self, client_id: str) -> Client | None:
        return asked_tenant().oauth.clients.get(client_id)

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        """Tokens are kept when they are issued."""

    def authenticate_client(self, request: Any, methods: list[str], endpoint: str = "token") -> Client:
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
        except InvalidClientError as error:
            error.status_code = 401
            raise
        return client

    def handle_error_response(self, request: Any, error: OAuth2Error) -> Response:
        # Descriptions of errors are not among the known facts, so none is sent.
        error.description = ""
        response: Response = super().handle_error_response(request, error)
        return response


def make_server() -> Server:
    """The server with its three grants."""
    server = Server()
    server.register_grant(CodeGrant, [Pkce()])
    server.register_grant(RefreshGrant)
    server.register_grant(IsuGrant)
    return server
