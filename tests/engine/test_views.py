"""Saved views: filters of the list of orders, one's own or shared."""

from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.people.account import Member, Role
from admit.people.saved_view import MOST_OF_ONE
from tests.builders import a_name
from tests.engine.api import FOUNDER, Api
from tests.engine.partners import an_organizer

type Json = dict[str, Any]

KARI, OLA, DORA = "kari@polar.example", "ola@polar.example", "dora@polar.example"
UNPAID = {"label": "Unpaid", "query": "payment_status=unpaid&attention=any"}


@pytest.fixture
def account(api: Api, table: DynamoTable) -> str:
    path = an_organizer(api)
    for email, role in ((KARI, Role.MANAGER), (OLA, Role.FINANCE), (DORA, Role.DOOR)):
        table.write(Member(organizer_id=path.rpartition("/")[2], email=email, role=role).put())
    return path


def save(api: Api, account: str, as_: str, **fields: Any) -> Json:
    answer = api.post(f"{account}/views", UNPAID | fields, as_=as_)
    assert answer.status == 201, answer.text
    return dict(answer.body)


def seen(api: Api, account: str, as_: str, **query: str) -> list[str]:
    items = api.get(f"{account}/views", as_=as_, query=query).body["items"]
    return [one["label"] for one in items]


def test_one_sees_his_own_views_and_those_that_are_shared(api: Api, account: str) -> None:
    saved = save(api, account, OLA)
    assert saved == UNPAID | {"id": saved["id"], "event_id": None, "shared": False, "by": OLA}
    save(api, account, OLA, label="All of us", shared=True)
    assert seen(api, account, OLA) == ["All of us", "Unpaid"]
    assert seen(api, account, KARI) == ["All of us"]


def test_an_event_has_its_own_views_and_those_of_all(api: Api, account: str) -> None:
    save(api, account, OLA)
    save(api, account, OLA, label="Here", event_id="event-1")
    save(api, account, OLA, label="There", event_id="event-2")
    assert seen(api, account, OLA, event="event-1") == ["Here", "Unpaid"]
    assert seen(api, account, OLA) == ["Here", "There", "Unpaid"]


def test_who_has_saved_a_view_removes_it_and_a_manager_what_is_shared(api: Api, account: str) -> None:
    own, shared = save(api, account, OLA)["id"], save(api, account, KARI, shared=True)["id"]
    views = f"{account}/views"
    assert api.delete(f"{views}/{own}", as_=KARI).code == "not_found"
    assert api.delete(f"{views}/{shared}", as_=OLA).code == "forbidden"
    assert api.delete(f"{views}/{shared}", as_=FOUNDER).status == 204
    assert api.delete(f"{views}/{own}", as_=OLA).status == 204
    assert api.delete(f"{views}/{own}", as_=OLA).code == "not_found"
    assert seen(api, account, OLA) == []


def test_the_same_request_again_saves_nothing_new(api: Api, account: str) -> None:
    key, views = a_name("key"), f"{account}/views"
    first = api.post(views, UNPAID, as_=OLA, idempotency_key=key).body
    assert api.post(views, UNPAID, as_=OLA, idempotency_key=key).body == first
    assert (
        api.post(views, UNPAID | {"query": ""}, as_=OLA, idempotency_key=key).code == "idempotency_conflict"
    )
    assert seen(api, account, OLA) == ["Unpaid"]


def test_one_member_saves_so_many_at_most(api: Api, account: str) -> None:
    for number in range(MOST_OF_ONE):
        save(api, account, OLA, label=str(number))
    assert api.post(f"{account}/views", UNPAID, as_=OLA).code == "conflict"
    save(api, account, KARI)


def test_who_sees_no_orders_sees_no_views(api: Api, account: str) -> None:
    answers = [
        api.get(f"{account}/views", as_=DORA),
        api.post(f"{account}/views", UNPAID, as_=DORA),
        api.get(f"{account}/views", as_="stranger@elsewhere.example"),
    ]
    assert [answer.status for answer in answers] == [403, 403, 404]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"label": ""}, "label"), ({"query": "x" * 2_001}, "query"), ({"shared": "yes"}, "shared")],
)
def test_what_a_view_can_not_be_is_refused_by_its_field(
    api: Api, account: str, fields: Json, field: str
) -> None:
    answer = api.post(f"{account}/views", UNPAID | fields, as_=OLA)
    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, [field])
