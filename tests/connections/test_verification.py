from __future__ import annotations

from io import StringIO

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from audit.models import Event
from config.celery import app
from connections import alarms, boxes, grants, tokens, vault
from connections.models import Connection, Tenant
from tests.sandbox.process import SandboxProcess


def verify() -> str:
    told = StringIO()
    call_command("verify_vault", stdout=told)
    return told.getvalue()


def test_all_that_is_well_is_counted(connected: Connection) -> None:
    assert "3 boxes opened; 0 did not open" in verify()
    assert alarms.recent() == []


def test_what_is_not_well_ends_in_an_alarm_and_a_code(connected: Connection) -> None:
    Connection.objects.update(refresh_token_box=connected.access_token_box)
    with pytest.raises(CommandError, match="not as it was stored") as failed:
        verify()
    assert failed.value.returncode == 1
    assert [(alarm.cause, alarm.subject) for alarm in alarms.recent()] == [(alarms.Cause.REFRESH, connected.pk)]


def test_a_key_that_nobody_ever_had_is_an_alarm(connected: Connection, tenant: Tenant) -> None:
    vault.prove_keys()
    box = bytes(tenant.client_secret_box or b"")
    Tenant.objects.update(client_secret_box=box[:1] + b"zzzz" + box[5:])
    with pytest.raises(CommandError):
        verify()
    assert [alarm.cause for alarm in alarms.recent()] == [alarms.Cause.UNKNOWN_KEY]


def test_the_alarm_names_ids_and_nothing_else(connected: Connection, caplog: pytest.LogCaptureFixture) -> None:
    Connection.objects.update(access_token_box=connected.refresh_token_box)
    with pytest.raises(CommandError):
        verify()
    [line] = [record.getMessage() for record in caplog.records if record.name == "connections.alarms"]
    assert line == f"the vault refused {connected.pk} at tenant {connected.tenant_id}: ACCESS"
    assert Event.objects.get(verb=alarms.VERB).data == {"cause": "ACCESS"}


def test_what_was_put_back_into_an_ended_connection_is_erased_again(connected: Connection) -> None:
    kept = Connection.objects.values("access_token_box", "generation").get()
    connected.state = Connection.State.DISCONNECTED
    grants.forget(connected)
    connected.save()
    Connection.objects.update(**kept)
    with pytest.raises(CommandError):
        verify()
    connected.refresh_from_db()
    assert (connected.state, connected.access_token_box) == ("disconnected", None)


def test_every_generation_is_in_the_audit_record(connected: Connection, sandbox: SandboxProcess) -> None:
    tokens.bearer(connected, rejected=grants.access_token(connected))
    told = Event.objects.filter(subject=connected.pk, verb=grants.STORED).order_by("id")
    assert [event.data["generation"] for event in told] == [1, 2]
    assert connected.generation == 2


def test_it_is_done_every_night() -> None:
    entry = settings.CELERY_BEAT_SCHEDULE["verify-vault"]
    app.loader.import_default_modules()
    assert entry["task"] in app.tasks


def test_every_column_that_may_hold_a_box_is_looked_at() -> None:
    """A new column of boxes must be rotated and verified too."""
    held = {(column.model, column.field) for column in boxes.COLUMNS}
    for model in apps.get_app_config("connections").get_models():
        for field in model._meta.get_fields():
            if field.name.endswith("_box"):
                assert (model, field.name) in held
