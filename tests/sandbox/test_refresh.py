from __future__ import annotations

import pytest

from tests.sandbox.api_client import ApiClient, Person
from tests.sandbox.process import SandboxProcess


def _works(client: ApiClient, access_token: str) -> bool:
    return Person(client.process, client.tenant, access_token).get("workers/me").status_code == 200


@pytest.mark.parametrize("rotation", ["none", "same"])
def test_without_rotation_the_refresh_token_goes_on_working(sandbox_client: ApiClient, rotation: str) -> None:
    sandbox_client.process.settings(rotation=rotation)
    refresh_token = sandbox_client.tokens()["refresh_token"]
    for _ in range(3):
        renewed = sandbox_client.refresh(refresh_token).json()
        assert _works(sandbox_client, renewed["access_token"])
        assert renewed.get("refresh_token") == (refresh_token if rotation == "same" else None)


def test_with_rotation_the_refresh_token_is_new_every_time(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(rotation="rotate")
    first = sandbox_client.tokens()["refresh_token"]
    second = sandbox_client.refresh(first).json()["refresh_token"]
    third = sandbox_client.refresh(second).json()["refresh_token"]
    assert len({first, second, third}) == 3


def test_a_rotated_refresh_token_that_comes_back_ends_the_whole_family(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(rotation="rotate")
    first = sandbox_client.tokens()["refresh_token"]
    renewed = sandbox_client.refresh(first).json()
    assert sandbox_client.refresh(first).json() == {"error": "invalid_grant"}
    assert sandbox_client.refresh(renewed["refresh_token"]).status_code == 400
    assert not _works(sandbox_client, renewed["access_token"])


def test_within_the_grace_period_a_rotated_refresh_token_gives_another_one(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(rotation="rotate", rotation_grace_seconds=60)
    first = sandbox_client.tokens()["refresh_token"]
    lost, second = (sandbox_client.refresh(first).json()["refresh_token"] for _ in range(2))
    assert len({first, lost, second}) == 3
    assert sandbox_client.refresh(second).status_code == 200
    sandbox_client.process.settings(rotation_grace_seconds=0)
    assert sandbox_client.refresh(first).json() == {"error": "invalid_grant"}
    assert sandbox_client.refresh(second).status_code == 400


def test_the_end_of_one_family_leaves_others_alone(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(rotation="rotate")
    first, other = sandbox_client.tokens(), sandbox_client.tokens()
    sandbox_client.refresh(first["refresh_token"])
    sandbox_client.refresh(first["refresh_token"])
    assert _works(sandbox_client, other["access_token"])


def test_a_refresh_token_of_another_client_is_refused(sandbox_client: ApiClient) -> None:
    refresh_token = sandbox_client.tokens()["refresh_token"]
    other = ApiClient(
        sandbox_client.process, "acme", *sandbox_client.process.register(redirect_uri="http://127.0.0.1:9/x")
    )
    assert other.refresh(refresh_token).json() == {"error": "invalid_grant"}
    assert sandbox_client.refresh(refresh_token).status_code == 200


def test_a_made_up_refresh_token_is_refused(sandbox_client: ApiClient) -> None:
    answer = sandbox_client.refresh("made-up")
    assert answer.status_code == 400
    assert answer.json() == {"error": "invalid_grant"}


def test_revoking_a_worker_ends_tokens_and_refreshes(sandbox_client: ApiClient) -> None:
    tokens, others = sandbox_client.tokens("manager"), sandbox_client.tokens("employee")
    assert sandbox_client.process.revoke("manager") == 1
    assert not _works(sandbox_client, tokens["access_token"])
    assert sandbox_client.refresh(tokens["refresh_token"]).json() == {"error": "invalid_grant"}
    assert _works(sandbox_client, others["access_token"])


def test_a_pasted_isu_token_never_comes_back_and_never_changes(sandbox_client: ApiClient) -> None:
    sandbox_client.process.settings(rotation="rotate")
    pasted = sandbox_client.process.isu_token(sandbox_client.client_id)
    for _ in range(3):
        renewed = sandbox_client.refresh(pasted).json()
        assert "refresh_token" not in renewed


def test_generating_an_isu_token_again_revokes_the_older(sandbox_client: ApiClient) -> None:
    older = sandbox_client.process.isu_token(sandbox_client.client_id)
    newer = sandbox_client.process.isu_token(sandbox_client.client_id)
    assert sandbox_client.refresh(older).status_code == 400
    assert sandbox_client.refresh(newer).status_code == 200


def test_the_isu_sees_its_own_three_tasks_and_no_worker(sandbox_client: ApiClient) -> None:
    process = sandbox_client.process
    pasted = process.isu_token(sandbox_client.client_id)
    isu = Person(process, "acme", sandbox_client.refresh(pasted).json()["access_token"])
    assert isu.inbox()["total"] == 3
    assert isu.get("workers/me").status_code == 404
    process.settings(isu_has_worker=True)
    assert isu.get("workers/me").json()["descriptor"] == "ISU Countersign"
    assert isu.act(process.tasks("manager")[0], "approve", comment="no").status_code == 404


def test_client_credentials_act_as_the_isu(sandbox_tenant: SandboxProcess) -> None:
    client = ApiClient(sandbox_tenant, "acme", *sandbox_tenant.register(kind="integrations"))
    answer = client.token(grant_type="client_credentials")
    assert answer.status_code == 200
    assert "refresh_token" not in answer.json()
    assert Person(sandbox_tenant, "acme", answer.json()["access_token"]).inbox()["total"] == 3


def test_client_credentials_are_not_for_a_client_for_people(sandbox_client: ApiClient) -> None:
    answer = sandbox_client.token(grant_type="client_credentials")
    assert answer.status_code == 400
    assert answer.json() == {"error": "unauthorized_client"}
