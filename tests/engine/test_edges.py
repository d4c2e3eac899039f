"""At the edges of what can be kept: calendar, addresses, sizes and crumbs are refused, and break nothing."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.edit_tier import edit_tier
from admit.catalog.tier import TierPatch
from admit.errors import SoldOut, TooLarge
from admit.orders.approve import DecisionRequest, approve
from admit.orders.order import OrderStatus, load_order
from admit.orders.waiting import WaitRequest, join, offer_round
from admit.stock.stock import Stock, left_in
from admit.store import Key, Put, Update
from tests.builders import NOW, a_name, a_price, an_event, an_order, other_tier
from tests.engine.api import FOUNDER, Api

BIG = "x" * 420_000
NAMED = {"title": "Edges", "timezone": "Europe/Oslo", "currency": "EUR"}
TIMES = {"starts_at": "2027-06-03T07:00:00Z", "ends_at": "2027-06-04T15:00:00Z"}


def an_event_of(api: Api, **fields: Any) -> tuple[str, Any]:
    """Return the path of a new draft, and the draft."""
    organizer_id = api.post("/organizer", {"name": "Northern Lights"}, as_=FOUNDER).body["id"]
    body = NAMED | TIMES | {"slug": a_name("edges")} | fields
    event = api.post(f"/organizer/{organizer_id}/events", body, as_=FOUNDER)
    assert event.status == 201, event.text
    return f"/organizer/{organizer_id}/events/{event.body['id']}", event.body


# --- addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("kari\uff20polar@b.example", id="a second @ of full width"),
        pytest.param("\u00a8@b.example", id="a sign that becomes a space"),
        pytest.param("\ufdfa" * 20 + "@b.example", id="signs that become many"),
        pytest.param("kari@localhost", id="no domain that mail reaches"),
    ],
)
def test_a_whitelist_takes_no_address_that_could_not_be_read_again(api: Api, address: str) -> None:
    path, event = an_event_of(api)
    tier_id = event["categories"][0]["tiers"][0]["id"]

    users = [{"email": address}]
    answer = api.put(
        f"{path}/tiers/{tier_id}/whitelist", {"users": users}, query={"notify": "true"}, as_=FOUNDER
    )

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert api.get(f"{path}/tiers/{tier_id}/whitelist", as_=FOUNDER).body == {"users": []}


# --- the calendar -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "starts_at", ["9998-12-31T12:00:00Z", "9998-12-01T00:00:00Z", "0002-01-01T00:00:00Z"]
)
def test_a_copy_whose_times_would_leave_the_calendar_is_refused(api: Api, starts_at: str) -> None:
    path, event = an_event_of(api)
    tier_id = event["categories"][0]["tiers"][0]["id"]
    on_sale = {"sale_starts_at": "2026-01-01T00:00:00Z", "sale_ends_at": "2027-09-01T00:00:00Z"}
    assert api.patch(f"{path}/tiers/{tier_id}", on_sale, as_=FOUNDER).status == 200
    slug = a_name("late")

    copy = {"slug": slug, "starts_at": starts_at}
    answer = api.post(f"{path}/copy", copy, as_=FOUNDER)

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [fault["field"] for fault in answer.body["errors"]] == ["starts_at"]
    assert api.post(f"{path}/copy", copy | {"starts_at": TIMES["starts_at"]}, as_=FOUNDER).status == 201


# --- sizes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "write",
    [
        lambda table, key: table.write(Put(key, {"text": BIG})),
        lambda table, key: table.transact([Put(key, {"text": BIG})]),
        lambda table, key: table.write(Update(key, "SET txt = :text", None, {"text": BIG})),
        lambda table, key: table.transact([Update(key, "SET txt = :text", None, {"text": BIG})]),
        lambda table, key: table.transact(
            [Put(Key(key.pk, f"{n}"), {"text": BIG[:300_000]}) for n in range(16)]
        ),
    ],
    ids=["put", "put in a transaction", "update", "update in a transaction", "transaction"],
)
def test_what_is_more_than_the_table_takes_is_refused_and_not_stored(
    table: DynamoTable, write: Callable[[DynamoTable, Key], object]
) -> None:
    key = Key(a_name("BIG"), "BIG")

    with pytest.raises(TooLarge):
        write(table, key)

    assert table.query(key.pk) == []


def test_a_file_in_many_bytes_and_few_characters_is_too_large_for_its_job(api: Api) -> None:
    path, _ = an_event_of(api)
    csv = "title,price\n" + "\u20ac" * 200_000

    answer = api.post(
        f"{path}/imports",
        content=b'{"kind": "tiers", "csv": "' + csv.replace("\n", "\\n").encode() + b'"}',
        as_=FOUNDER,
    )

    assert (answer.status, answer.code) == (422, "too_large")


def test_a_phone_that_is_none_does_not_accept_an_offer(api: Api, table: DynamoTable) -> None:
    catalog = an_event(table, {"title": "Scarce", "ticket_limit": 1})
    scarce = other_tier(catalog)
    an_order(table, catalog, tier_id=scarce, method="card")
    wait(table, catalog, scarce, 1)
    raise_limit(table, catalog, scarce, 2)
    assert offer_round(table, load_catalog(table, catalog.event.id), NOW, Random(1)) == 1
    [entry] = table.query(f"WAITING#{catalog.event.id}", "ENTRY#")
    place = f"/public/events/{catalog.event.slug}/waiting-list/{entry['sk'].partition('#')[2]}"
    key = api.links.waiting_key(place.rpartition("/")[2], 1)
    total = api.get(place, key=key).body["offer"]["quote"]["total"]

    answer = api.post(
        f"{place}/accept", {"payment_method": "card", "total": total, "phone": "1" * 41}, key=key
    )

    assert (answer.status, answer.code) == (422, "invalid_input")
    assert [fault["field"] for fault in answer.body["errors"]] == ["phone"]


# --- crumbs -----------------------------------------------------------------------------------------------


def wait(table: DynamoTable, catalog: Catalog, tier_id: str, quantity: int) -> None:
    request = WaitRequest(email="ola@x.example", name="Ola", quantity=quantity, tier_ids=[tier_id])
    left = left_in(table, catalog.limits())
    join(table, catalog, request, a_name("key"), left=left, now=NOW)


def raise_limit(table: DynamoTable, catalog: Catalog, tier_id: str, limit: int) -> None:
    catalog = load_catalog(table, catalog.event.id)
    edit_tier(table, catalog, tier_id, TierPatch(ticket_limit=limit), new_id=lambda: a_name("price"))


def leave_in_each_shard(table: DynamoTable, catalog: Catalog, tier_id: str, units: int) -> list[Stock]:
    stocks = catalog.stocks_of(catalog.tiers[tier_id])
    for stock in stocks:
        table.transact(
            [Update(key, "SET available = :units", None, {"units": units}) for key in stock.all_keys()]
        )
    return stocks


def test_an_order_that_only_too_many_crumbs_would_fill_goes_on_waiting_for_approval(
    table: DynamoTable,
) -> None:
    prices = [a_price(100, "card")]
    tier = {"title": "Picked", "approval_required": True, "ticket_limit": 96_000, "prices": prices}
    catalog = an_event(table, tier, capacity=96_000)
    picked = other_tier(catalog)
    order = an_order(table, catalog, tier_id=picked, quantity=300, method="card")
    leave_in_each_shard(table, catalog, picked, 5)

    with pytest.raises(SoldOut):
        approve(table, catalog, order, DecisionRequest(), actor="eva@x.example", now=NOW, random=Random(1))

    assert load_order(table, order.id).status is OrderStatus.AWAITING_APPROVAL


def test_crumbs_that_no_single_order_could_take_are_not_offered(table: DynamoTable) -> None:
    catalog = an_event(table, {"title": "Pass", "ticket_limit": 96_000}, capacity=96_000)
    pass_ = other_tier(catalog)
    leave_in_each_shard(table, catalog, pass_, 0)
    wait(table, catalog, pass_, 300)
    stocks = leave_in_each_shard(table, catalog, pass_, 5)

    assert offer_round(table, load_catalog(table, catalog.event.id), NOW, Random(1)) == 0

    assert set(left_in(table, stocks).values()) == {480}
