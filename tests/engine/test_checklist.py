"""The checklist: it says that an event can be published exactly when publishing is not refused."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from admit import keys
from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.checklist import ItemState, can_publish, checklist
from admit.catalog.edit_event import cancel, close, publish
from admit.catalog.tier import Tier
from admit.errors import AdmitError
from admit.people.account import Member, Role
from admit.store import Delete
from tests.builders import NOW, a_draft, a_name, a_price, a_tier
from tests.engine.api import Api

type Change = Callable[[DynamoTable, Catalog], None]

PAID = {"title": "Pass", "prices": [a_price(12_500, "card", "invoice")]}


def default(catalog: Catalog) -> Tier:
    return next(tier for tier in catalog.tiers.values() if tier.default)


def with_tier(table: DynamoTable, tier: Tier, **update: Any) -> None:
    table.write(tier.model_copy(update=update | {"revision": tier.revision + 1}).put().over(tier.revision))


def nothing(table: DynamoTable, catalog: Catalog) -> None: ...


def no_tier_is_active(table: DynamoTable, catalog: Catalog) -> None:
    with_tier(table, default(catalog), active=False)


def no_price(table: DynamoTable, catalog: Catalog) -> None:
    with_tier(table, default(catalog), prices=[])


def no_category(table: DynamoTable, catalog: Catalog) -> None:
    for category_id in catalog.categories:
        table.write(Delete(keys.category(catalog.event.id, category_id)))


def no_whitelist(table: DynamoTable, catalog: Catalog) -> None:
    with_tier(table, default(catalog), limited=True)


def add_on_of_nothing(table: DynamoTable, catalog: Catalog) -> None:
    parent_id = a_tier(table, catalog, title="Parent")
    parent = load_catalog(table, catalog.event.id).tiers[parent_id]
    with_tier(table, parent, active=False)
    a_dinner = a_tier(table, catalog, title="Dinner")
    dinner = load_catalog(table, catalog.event.id).tiers[a_dinner]
    with_tier(table, dinner, add_on_of=parent.id)


def published(table: DynamoTable, catalog: Catalog) -> None:
    publish(table, catalog)


def published_and_emptied(table: DynamoTable, catalog: Catalog) -> None:
    publish(table, catalog)
    no_tier_is_active(table, catalog)


def closed(table: DynamoTable, catalog: Catalog) -> None:
    close(table, publish(table, catalog))


def closed_and_emptied(table: DynamoTable, catalog: Catalog) -> None:
    closed(table, catalog)
    no_price(table, catalog)


def cancelled(table: DynamoTable, catalog: Catalog) -> None:
    cancel(table, catalog)


MISSING: dict[Change, set[str]] = {
    nothing: set(),
    no_tier_is_active: {"tiers"},
    no_price: {"prices"},
    no_category: {"categories"},
    no_whitelist: {"whitelists"},
    add_on_of_nothing: {"add_ons"},
    closed: set(),
    closed_and_emptied: {"prices"},
    cancelled: {"not_cancelled"},
    published: set(),
}


def states(catalog: Catalog, **fields: Any) -> dict[str, ItemState]:
    return {item.id: item.state for item in checklist(catalog, NOW, devices=False, **fields).items}


@pytest.mark.parametrize("change", [*MISSING, published_and_emptied])
def test_it_can_be_published_exactly_when_that_is_not_refused(table: DynamoTable, change: Change) -> None:
    draft = a_draft(table)
    change(table, draft)
    catalog = load_catalog(table, draft.event.id)

    refused = ""
    try:
        publish(table, catalog)
    except AdmitError as error:
        refused = error.code

    assert refused in ("", "not_ready", "wrong_state")
    assert can_publish(catalog) is not bool(refused)


@pytest.mark.parametrize(("change", "missing"), MISSING.items())
def test_what_is_missing_is_named_and_nothing_else_is(
    table: DynamoTable, change: Change, missing: set[str]
) -> None:
    draft = a_draft(table)
    change(table, draft)

    told = checklist(load_catalog(table, draft.event.id), NOW, devices=False)

    assert {item.id for item in told.items if item.state is ItemState.MISSING} == missing
    assert told.can_publish is not bool(missing)
    assert all(bool(item.detail) is (item.state is not ItemState.DONE) for item in told.items)
    assert len({item.id for item in told.items}) == len(told.items)


def test_what_is_advised_is_done_once_it_is_there(table: DynamoTable) -> None:
    bare = a_draft(table, starts_at=NOW - timedelta(days=2), ends_at=NOW + timedelta(days=1))
    a_tier(table, bare, **PAID)
    before = states(load_catalog(table, bare.event.id))

    advised = {name for name, state in before.items() if state is ItemState.ADVISED}
    assert advised >= {
        "dates",
        "description",
        "venue",
        "capacity",
        "default_tier",
        "invoice",
        "seller",
        "tax",
    }

    seller = {"name": "Northern Lights AS", "address": "Storgata 1", "iban": "NO9386011117947"}
    full = a_draft(
        table,
        description="Three days of talks.",
        venue={"name": "The Hall"},
        capacity=500,
        retention_days=30,
        seller=seller,
    )
    no_tier_is_active(table, full)
    a_tier(table, full, **PAID, tax_rate="25", ticket_limit=400)
    after = states(load_catalog(table, full.event.id))

    for name in advised - {"image", "questions", "mail_texts", "badge", "gate", "device"}:
        assert after[name] is ItemState.DONE, name


def test_a_price_below_what_cards_take_and_a_sale_that_has_ended_are_told(table: DynamoTable) -> None:
    draft = a_draft(table)
    no_tier_is_active(table, draft)
    a_tier(table, draft, title="Cheap", prices=[a_price(20, "card")], sale_ends_at=NOW - timedelta(days=1))

    told = states(load_catalog(table, draft.event.id))

    assert (told["card"], told["on_sale"]) == (ItemState.ADVISED, ItemState.ADVISED)
    assert told["invoice"] is ItemState.DONE, "nothing is paid by invoice"


@pytest.fixture
def staff(table: DynamoTable) -> str:
    organizer_id = a_name("organizer")
    email = f"{organizer_id}@x.example"
    table.write(Member(organizer_id=organizer_id, email=email, role=Role.MANAGER).put())
    return email


def test_the_checklist_over_http_knows_the_devices(api: Api, table: DynamoTable, staff: str) -> None:
    organizer_id = staff.partition("@")[0]
    draft = a_draft(table)
    moved = draft.event.model_copy(update={"organizer_id": organizer_id, "revision": 2})
    table.write(moved.put().over(1))
    path = f"/organizer/{organizer_id}/events/{draft.event.id}/checklist"

    def device_state() -> str:
        answer = api.get(path, as_=staff)
        assert answer.status == 200, answer.text
        assert answer.body["can_publish"] is True
        return str(next(item["state"] for item in answer.body["items"] if item["id"] == "device"))

    assert device_state() == "advised"
    answer = api.post(
        f"/organizer/{organizer_id}/events/{draft.event.id}/devices", {"name": "Door"}, as_=staff
    )
    assert answer.status == 201, answer.text
    assert device_state() == "done"
