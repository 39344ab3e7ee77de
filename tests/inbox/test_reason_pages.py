"""Where administrators write the reasons that others choose from."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from audit.models import Event
from connections.models import Tenant
from inbox.models import Reason

pytestmark = pytest.mark.django_db

REASONS = "/operations/reasons/"
FORM = {"text": "The dates overlap.", "action": "reject", "tenant": "", "position": "1"}


@pytest.fixture
def as_administrator(client: Client, administrator: User) -> Client:
    client.force_login(administrator)
    return client


@pytest.fixture
def reason(db: None) -> Reason:
    return Reason.objects.create(text="Not now.")


def _events() -> list[tuple[str, dict[str, object]]]:
    return list(Event.objects.filter(verb__startswith="reason.").order_by("id").values_list("verb", "data"))


def test_an_administrator_adds_a_reason_and_it_is_on_the_record_without_its_words(
    as_administrator: Client, administrator: User, tenant: Tenant
) -> None:
    page = as_administrator.post(REASONS, {**FORM, "tenant": str(tenant.pk)}, follow=True).content.decode()

    reason = Reason.objects.get()
    assert "The reason is added." in page
    assert (reason.text, reason.action, reason.tenant, reason.position) == ("The dates overlap.", "reject", tenant, 1)
    event = Event.objects.get(verb="reason.added")
    assert (event.actor, event.tenant) == (administrator.pk, tenant.pk)
    assert event.data == {"reason": reason.pk, "action": "reject"}


def test_a_reason_is_changed_and_removed(as_administrator: Client, reason: Reason) -> None:
    as_administrator.post(f"{REASONS}{reason.pk}/", {**FORM, "text": "Perhaps later."})
    assert "Perhaps later." in as_administrator.get(REASONS).content.decode()

    as_administrator.post(f"{REASONS}{reason.pk}/remove")

    assert not Reason.objects.exists()
    assert [verb for verb, _ in _events()] == ["reason.changed", "reason.removed"]


@pytest.mark.parametrize(
    "wrong",
    [{"text": " "}, {"text": "x" * 301}, {"text": "a\0b"}, {"action": "delegate"}, {"tenant": "x"}, {"position": "-1"}],
)
def test_what_is_no_reason_is_refused_beside_its_field(as_administrator: Client, wrong: dict[str, str]) -> None:
    answer = as_administrator.post(REASONS, {**FORM, **wrong})

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == set(wrong)
    assert not Reason.objects.exists()
    assert _events() == []


@pytest.mark.parametrize("everywhere", [True, False])
def test_the_same_reason_is_not_listed_twice(as_administrator: Client, tenant: Tenant, everywhere: bool) -> None:
    form = {**FORM, "tenant": "" if everywhere else str(tenant.pk)}
    as_administrator.post(REASONS, form)

    answer = as_administrator.post(REASONS, form)

    assert "on the list already" in answer.content.decode()
    assert Reason.objects.count() == 1


@pytest.mark.parametrize("person", ["owner", "colleague", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_for_everybody_else_the_pages_do_not_exist(
    client: Client, reason: Reason, person: str, method: str, request: pytest.FixtureRequest
) -> None:
    client.force_login(request.getfixturevalue(person))

    for path in (REASONS, f"{REASONS}{reason.pk}/", f"{REASONS}{reason.pk}/remove"):
        assert getattr(client, method)(path, FORM).status_code in ((404,) if method == "post" else (404, 405))
    assert Reason.objects.get().text == "Not now."


def test_a_reason_that_is_gone_is_not_found(as_administrator: Client) -> None:
    for path in (f"{REASONS}7/", f"{REASONS}7/remove", f"{REASONS}{10**30}/"):
        assert as_administrator.post(path, FORM).status_code == 404


def test_operations_leads_there(as_administrator: Client) -> None:
    assert f'href="{reverse("reasons")}"' in as_administrator.get(reverse("operations")).content.decode()


def test_reasons_go_with_their_tenant(reason: Reason, tenant: Tenant) -> None:
    Reason.objects.update(tenant=tenant)
    tenant.delete()
    assert not Reason.objects.exists()
