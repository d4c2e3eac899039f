"""Allotments and blocks: tickets that are set apart, and drawn by those whom they are set apart for."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from admit.aws.table import DynamoTable
from admit.catalog.allot import create_allotment, edit_allotment, release_rest, remove_allotment
from admit.catalog.allotment import Allotment, AllotmentPatch, AllotmentSettings
from admit.catalog.catalog import Catalog, load_catalog
from admit.catalog.edit_tier import remove_tier
from admit.errors import (
    AdmitError,
    BelowSoldUnits,
    InUse,
    Invalid,
    NotFound,
    SoldOut,
)
from admit.orders.allotted import DrawRequest, draw
from admit.orders.order import Order, load_order
from admit.orders.place import OrganizerPlaceRequest, place_by_organizer
from admit.people.company import load_company, require_relay
from admit.seating.block import BlockRequest, block
from admit.seating.lapse import end_allotment, give_up_allotment
from admit.store import Contention
from tests.builders import (
    NOW,
    a_buyer,
    a_draft,
    a_name,
    an_event,
    default_tier,
    other_tier,
)
from tests.engine.api import Api
from tests.engine.partners import BILLED, INGRID, JONAS, KARI, Partners, euro, partners
from tests.engine.seats import a_hall, said
from tests.engine.setting_up import SOLD, a_new_tier, edited, fields, left, now_of
from tests.engine.till import Died, Mortal
from tests.engine.unguarded import Meanwhile, Unguarded


def allot(table: DynamoTable, catalog: Catalog, units: int, **overrides: Any) -> Allotment:
    body = {"title": "Polar", "units": units, "tier_id": other_tier(catalog), "company_id": "polar"}
    settings = AllotmentSettings.model_validate(body | overrides)
    catalog = now_of(table, catalog)
    return create_allotment(table, catalog, settings, allotment_id=a_name("allotment"), random=Random(1))


def resized(table: DynamoTable, catalog: Catalog, allotment: Allotment, units: int) -> Allotment:
    catalog = now_of(table, catalog)
    return edit_allotment(table, catalog, allotment.id, AllotmentPatch(units=units), random=Random(1))


def handed_out(
    table: DynamoTable, catalog: Catalog, allotment: Allotment, quantity: int, **how: Any
) -> Order:
    body = {
        "lines": [{"tier_id": how.pop("tier_id", allotment.tier_id), "quantity": quantity}],
        "buyer": a_buyer(),
        "payment_method": "free",
        "company_id": "polar",
        "source": "allotment",
        "allotment_id": allotment.id,
    }
    request = OrganizerPlaceRequest.model_validate(body | how)
    catalog = now_of(table, catalog)
    return place_by_organizer(table, catalog, request, a_name("key"), now=NOW, random=Random(1))


def test_an_allotment_takes_its_tickets_from_the_tier_grows_shrinks_and_gives_them_back(
    table: DynamoTable,
) -> None:
    catalog = an_event(table, SOLD, capacity=60)
    tier = catalog.tiers[other_tier(catalog)]

    def stocks() -> list[int]:
        return [left(table, tier.stock), left(table, catalog.event.stock)]

    allotment = allot(table, catalog, 20)
    assert (stocks(), left(table, allotment.stock)) == ([30, 40], 20)
    allotment = resized(table, catalog, allotment, 45)
    assert (stocks(), left(table, allotment.stock)) == ([5, 15], 45)
    with pytest.raises(SoldOut):
        resized(table, catalog, allotment, 51)
    with pytest.raises(SoldOut):
        allot(table, catalog, 6)
    allotment = resized(table, catalog, allotment, 10)
    assert (stocks(), left(table, allotment.stock)) == ([40, 50], 10)
    remove_allotment(table, now_of(table, catalog), allotment.id, random=Random(1))
    assert (stocks(), now_of(table, catalog).allotments) == ([50, 60], {})


def test_an_order_from_an_allotment_takes_nothing_of_what_is_on_sale(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    tier = catalog.tiers[other_tier(catalog)]
    allotment = allot(table, catalog, 20)

    order = handed_out(table, catalog, allotment, 15)

    assert (left(table, tier.stock), left(table, allotment.stock)) == (30, 5)
    assert (order.status, order.allotment_id, order.company_id) == ("settled", allotment.id, "polar")
    with pytest.raises(SoldOut):
        handed_out(table, catalog, allotment, 6)
    with pytest.raises(BelowSoldUnits) as refused:
        resized(table, catalog, allotment, 14)
    assert fields(refused) == ["units"]
    with pytest.raises(InUse):
        remove_allotment(table, now_of(table, catalog), allotment.id, random=Random(1))
    assert left(table, resized(table, catalog, allotment, 15).stock) == 0
    assert left(table, tier.stock) == 35
    with pytest.raises(BelowSoldUnits):
        edited(table, catalog, tier.id, ticket_limit=14)
    edited(table, catalog, tier.id, ticket_limit=15)


def test_an_allotment_is_of_one_tier_and_one_company(table: DynamoTable) -> None:
    catalog = an_event(table, SOLD)
    allotment = allot(table, catalog, 5)

    with pytest.raises(Invalid) as refused:
        handed_out(table, catalog, allotment, 1, tier_id=default_tier(catalog), company_id="fjord")
    assert fields(refused) == ["lines[0].tier_id", "company_id"]
    with pytest.raises(Invalid):
        handed_out(table, catalog, allotment, 1, allotment_id="nothing")
    with pytest.raises(Invalid):
        allot(table, catalog, 5, tier_id="nothing")
    block = allot(table, catalog, 5, company_id=None, title="Block")
    assert handed_out(table, catalog, block, 2, source="organizer", company_id=None).tickets == 2


def test_tickets_set_apart_in_a_draft_stay_so_when_its_limits_change(table: DynamoTable) -> None:
    draft = a_draft(table)
    a_new_tier(table, draft, **SOLD)
    draft = now_of(table, draft)
    allotment = allot(table, draft, 20)

    with pytest.raises(BelowSoldUnits):
        edited(table, draft, allotment.tier_id, ticket_limit=19)
    tier = edited(table, draft, allotment.tier_id, ticket_limit=25)
    assert left(table, tier.stock) == 5
    with pytest.raises(InUse):
        remove_tier(table, now_of(table, draft), allotment.tier_id)


# --- terms ------------------------------------------------------------------------------------------------


@pytest.fixture
def stage(api: Api, table: DynamoTable) -> Partners:
    return partners(api, table)


@pytest.fixture
def polar(stage: Partners) -> str:
    return stage.company("Polar Systems", INGRID, JONAS, billing=BILLED)


FREE = {"price": "free"}
LIST = {"price": "list"}
REDUCED = {"price": {"amount": 9_900, "currency": "EUR"}}


def from_allotment(allotment_id: str, company_id: str | None, **fields: Any) -> dict[str, Any]:
    """Return what an organizer's order from an allotment says, that leaves its payment to the terms."""
    named = {"company_id": company_id, "source": "allotment"} if company_id else {}
    return {"allotment_id": allotment_id, "payment_method": None} | named | fields


@pytest.mark.parametrize(
    ("terms", "method", "total"),
    [(FREE, "free", 0), (LIST, "invoice", 25_000), (REDUCED, "invoice", 19_800)],
)
def test_an_order_from_an_allotment_costs_what_its_terms_say(
    stage: Partners, polar: str, terms: Any, method: str, total: int
) -> None:
    allotment = stage.allotment(polar, terms=terms)

    order = stage.place(2, **from_allotment(allotment, polar)).body

    assert (order["payment_method"], order["total"]) == (method, euro(total))
    assert order["status"] == ("awaiting_payment" if total else "settled")
    other = "free" if method == "invoice" else "invoice"
    refused = stage.place(2, **from_allotment(allotment, polar, payment_method=other))
    assert (refused.status, [fault["field"] for fault in refused.body["errors"]]) == (422, ["payment_method"])


def test_without_terms_the_organizer_says_them_with_each_order(stage: Partners, polar: str) -> None:
    allotment = stage.allotment(polar)

    placed = [
        stage.place(1, **from_allotment(allotment, polar, payment_method=method)).body["total"]["amount"]
        for method in ("free", "invoice")
    ]
    assert placed == [0, 12_500]
    refused = stage.place(1, **from_allotment(allotment, polar))
    assert (refused.status, [fault["field"] for fault in refused.body["errors"]]) == (422, ["payment_method"])


def test_terms_are_shown_changed_and_taken_away(stage: Partners, polar: str) -> None:
    path = f"{stage.event}/allotments/{stage.allotment(polar, terms=LIST)}"

    def listed() -> Any:
        return stage.done("GET", f"{stage.event}/allotments")["items"][0]["terms"]

    assert listed() == {"price": "list", "payment": "invoice", "until": None}
    stage.done("PATCH", path, {"title": "Anew"})
    assert listed()["price"] == "list"
    stage.done("PATCH", path, {"terms": {"price": "free", "until": "2027-05-01T00:00:00Z"}})
    assert listed() == {"price": "free", "payment": "none", "until": "2027-05-01T00:00:00.000Z"}
    stage.done("PATCH", path, {"terms": None})
    assert listed() is None


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"price": "cheap"}, "terms.price"),
        ({"price": "free", "payment": "invoice"}, "terms"),
        ({"price": "list", "payment": "none"}, "terms"),
        ({"price": {"amount": 0, "currency": "EUR"}}, "terms"),
        ({"price": {"amount": 900, "currency": "NOK"}}, "terms.price.currency"),
        ({"payment": "card"}, "terms.payment"),
    ],
)
def test_terms_that_do_not_fit_are_refused(stage: Partners, polar: str, terms: Any, field: str) -> None:
    body = {"title": "Polar", "units": 1, "tier_id": stage.tier, "company_id": polar, "terms": terms}

    answer = stage.send("POST", f"{stage.event}/allotments", body)

    assert answer.status == 422
    assert any(fault["field"].startswith(field) for fault in answer.body["errors"])


# --- drawing ----------------------------------------------------------------------------------------------


def in_portal(stage: Partners, company_id: str, as_: str = INGRID) -> Any:
    return stage.done("GET", f"/distribution/companies/{company_id}/allotments", as_=as_)["items"]


def test_a_relay_sees_what_is_set_apart_and_draws_it_on_its_terms(stage: Partners, polar: str) -> None:
    allotment = stage.allotment(polar, 10, terms=REDUCED, title="Sponsors")
    stage.allotment(stage.company("Fjord", KARI))

    drawn = stage.draw(polar, allotment, 4, reference="PO 4711")

    assert drawn.status == 201, drawn.text
    order = load_order(stage.table, drawn.body["id"])
    assert (order.source, order.company_id, order.allotment_id) == ("allotment", polar, allotment)
    assert (order.buyer.email, order.buyer.name, order.email_verified) == (INGRID, INGRID[:5], True)
    assert order.billing is not None
    assert (order.billing.company, order.billing.reference) == ("Polar Systems AS", "PO 4711")
    assert drawn.body["total"] == euro(39_600)
    assert drawn.body["timeline"] == [
        {"at": "2027-03-01T12:00:00.000Z", "actor": "buyer", "what": "placed", "private": False}
    ]
    assert stage.api.get(f"/public/orders/{order.id}", key=drawn.body["key"]).status == 200
    [shown] = in_portal(stage, polar, JONAS)
    assert (shown["id"], shown["title"], shown["event"]["id"]) == (allotment, "Sponsors", stage.event_id)
    assert (shown["units"], shown["left"], shown["open"]) == (10, 6, True)
    assert (shown["tier_title"], shown["unit"]) == ("Pass", euro(9_900))
    [listed] = stage.done("GET", f"{stage.event}/organizations/{polar}/orders")["items"]
    assert listed["id"] == order.id


def test_a_draw_sent_again_is_the_same_order_and_with_another_body_a_mistake(
    stage: Partners, polar: str
) -> None:
    allotment = stage.allotment(polar, 5, terms=FREE)

    drawn = [stage.draw(polar, allotment, 5, key="one") for _ in range(2)]
    stage.done("PATCH", f"{stage.event}/allotments/{allotment}", {"terms": None})
    drawn.append(stage.draw(polar, allotment, 5, key="one"))

    assert [answer.status for answer in drawn] == [201, 201, 201]
    assert len({answer.body["id"] for answer in drawn}) == 1
    other = stage.draw(polar, allotment, 4, key="one")
    assert other.status in (409, 422)
    stage.done("PATCH", f"{stage.event}/allotments/{allotment}", {"terms": FREE})
    other = stage.draw(polar, allotment, 4, key="one")
    assert (other.status, other.code) == (422, "idempotency_conflict")


def test_a_relay_draws_no_more_than_is_left_and_nothing_of_the_sale(stage: Partners, polar: str) -> None:
    allotment = stage.allotment(polar, 5, terms=FREE)

    too_many = stage.draw(polar, allotment, 6)
    assert (too_many.status, too_many.code) == (409, "sold_out")
    assert stage.draw(polar, allotment, 5).status == 201
    gone = stage.draw(polar, allotment, 1, as_=JONAS)
    assert (gone.status, gone.code) == (409, "sold_out")
    [shown] = in_portal(stage, polar)
    assert (shown["left"], shown["open"]) == (0, False)


def test_what_is_set_apart_for_others_is_not_there(stage: Partners, polar: str) -> None:
    fjord = stage.company("Fjord", KARI)
    allotment, block = stage.allotment(fjord, terms=FREE), stage.allotment(None, terms=FREE)

    refusals = [
        stage.draw(polar, allotment),
        stage.draw(polar, block),
        stage.draw(polar, "nothing"),
        stage.draw(fjord, allotment, as_=INGRID),
        stage.send("GET", f"/distribution/companies/{fjord}/allotments", as_=INGRID),
    ]

    assert {(one.status, one.code) for one in refusals} == {(404, "not_found")}
    assert stage.draw(fjord, allotment, as_=KARI).status == 201


def test_a_relay_draws_nothing_without_terms_or_too_late_or_when_the_sale_is_closed(
    stage: Partners, polar: str
) -> None:
    unsaid = stage.allotment(polar)
    short = stage.allotment(polar, terms=FREE | {"until": "2027-03-02T00:00:00Z"})

    def refusal(allotment: str) -> tuple[int, str | None]:
        answer = stage.draw(polar, allotment)
        return answer.status, answer.code

    assert refusal(unsaid) == (409, "not_on_sale")
    assert stage.draw(polar, short).status == 201
    stage.api.now = NOW + timedelta(days=1)
    assert refusal(short) == (409, "not_on_sale")
    stage.api.now = NOW
    stage.done("PATCH", f"{stage.event}/tiers/{stage.tier}", {"active": False})
    assert refusal(short) == (409, "not_on_sale")
    stage.done("PATCH", f"{stage.event}/tiers/{stage.tier}", {"active": True})
    stage.done("POST", f"{stage.event}/close")
    assert refusal(short) == (409, "not_on_sale")


def test_an_archived_company_draws_nothing(stage: Partners, polar: str) -> None:
    allotment = stage.allotment(polar, terms=FREE)
    stage.done("PATCH", f"{stage.organizer}/companies/{polar}", {"archived": True})

    refused = stage.draw(polar, allotment)

    assert (refused.status, refused.code) == (409, "wrong_state")


@pytest.mark.parametrize(
    ("fields", "field"), [({"quantity": 0}, "quantity"), ({"reference": "x" * 81}, "reference")]
)
def test_a_draw_that_can_not_be_right_is_refused(
    stage: Partners, polar: str, fields: Any, field: str
) -> None:
    answer = stage.draw(polar, stage.allotment(polar, terms=FREE), **fields)

    assert (answer.status, [fault["field"] for fault in answer.body["errors"]]) == (422, [field])


# --- the end of an allotment ------------------------------------------------------------------------------


def test_the_rest_of_an_allotment_goes_back_to_the_sale_when_its_time_is_over(
    stage: Partners, polar: str
) -> None:
    allotment = stage.allotment(polar, 40, terms=FREE | {"until": "2027-03-02T00:00:00Z"})
    assert stage.draw(polar, allotment, 15).status == 201

    def state() -> tuple[int, int, str | None, int]:
        [one] = stage.done("GET", f"{stage.event}/allotments")["items"]
        tier = stage.done("GET", f"{stage.event}/tiers/{stage.tier}")
        return one["units"], one["taken"], one["ended_at"], tier["ticket_count"]

    stage.api.sweep()
    assert state() == (40, 15, None, 40)
    stage.api.now = NOW + timedelta(days=1)
    stage.api.sweep()
    assert state() == (15, 15, "2027-03-02T12:00:00.000Z", 15)
    assert stage.api.sweep() == 0
    stage.done(
        "PATCH",
        f"{stage.event}/allotments/{allotment}",
        {"units": 20, "terms": FREE | {"until": "2027-04-01T00:00:00Z"}},
    )
    assert state() == (20, 15, None, 20)
    assert stage.draw(polar, allotment, 5).status == 201


# --- races ------------------------------------------------------------------------------------------------


type MakeOvertaken = Callable[[Callable[[], object], str], Meanwhile]


@pytest.fixture
def overtaken(table: DynamoTable) -> MakeOvertaken:
    """Make a table whose first writer is overtaken by somebody else."""
    return lambda act, loose: Meanwhile(table, act, loose=loose)


def drawing(stage: Partners, table: DynamoTable, company_id: str, allotment_id: str, quantity: int) -> Order:
    """Draw as a relay does, on a table of one's own."""
    return draw(
        table,
        stage.event_id,
        allotment_id,
        DrawRequest(quantity=quantity),
        a_name("key"),
        company=load_company(table, company_id),
        relay=require_relay(table, company_id, INGRID),
        now=NOW,
        random=Random(1),
    )


def at_once(act: Callable[[], object], times: int) -> Counter[str]:
    def told(_: int) -> str:
        try:
            act()
        except Contention:
            return "busy"
        except AdmitError as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(told, range(times)))


def test_relays_who_draw_at_once_get_what_is_set_apart_and_no_more(
    stage: Partners, polar: str, table: DynamoTable
) -> None:
    allotment = stage.allotment(polar, 9, terms=FREE)

    told = at_once(lambda: drawing(stage, table, polar, allotment, 2), 12)

    while told["done"] < 4:
        drawing(stage, table, polar, allotment, 2)
        told["done"] += 1
    assert told["done"] == 4
    assert told.keys() <= {"done", "sold_out", "busy"}
    with pytest.raises(SoldOut):
        drawing(stage, table, polar, allotment, 2)
    [shown] = in_portal(stage, polar)
    assert shown["left"] == 1


def test_without_the_condition_on_stock_relays_draw_more_than_is_set_apart(
    dynamodb: Any, table_name: str, stage: Partners, polar: str
) -> None:
    table = Unguarded(DynamoTable(dynamodb, table_name), "STOCK#")
    allotment = stage.allotment(polar, 9, terms=FREE)

    assert at_once(lambda: drawing(stage, table, polar, allotment, 2), 12)["done"] > 4


@pytest.mark.parametrize(("loose", "total"), [("nothing", 12_500), ("EVENT#", 0)])
def test_a_relay_draws_on_the_terms_of_the_moment_or_without_the_guard_on_those_before(
    stage: Partners, polar: str, overtaken: MakeOvertaken, loose: str, total: int
) -> None:
    allotment = stage.allotment(polar, terms=FREE)
    path = f"{stage.event}/allotments/{allotment}"
    slow = overtaken(lambda: stage.done("PATCH", path, {"terms": LIST}), loose)

    assert drawing(stage, slow, polar, allotment, 1).total == total


SOON = FREE | {"until": "2027-03-02T00:00:00Z"}
OVER = NOW + timedelta(days=2)


@pytest.fixture
def house(stage: Partners, table: DynamoTable) -> Partners:
    """The event with a hall of four rows of ten seats for its tier."""
    a_hall(table, stage.event_id, stage.tier)
    return stage


def keep(house: Partners, channel: str, *rows: str) -> None:
    house.done("POST", f"{house.event}/seating/block", {"rows": list(rows), "channel": channel})


def kept(house: Partners) -> set[str]:
    """Say what is said of seats, each once."""
    return set(said(house.table, house.event_id).values())


def test_seats_kept_for_an_allotment_are_free_when_it_is_given_up(house: Partners) -> None:
    allotment = house.allotment(None, 30)
    other = house.allotment(None)
    keep(house, allotment, "hall-1", "hall-2")
    keep(house, other, "hall-3")
    keep(house, "nobody", "hall-4")
    house.done("DELETE", f"{house.event}/allotments/{allotment}")
    assert kept(house) == {f"!{other}", "!nobody"}
    for name in (allotment, "nobody", "removed"):
        assert house.send("DELETE", f"{house.event}/allotments/{name}").status == 404
    assert kept(house) == {f"!{other}", "!nobody"}


def test_seats_of_an_allotment_that_cannot_be_given_up_stay_kept(house: Partners, polar: str) -> None:
    allotment = house.allotment(polar, terms=FREE)
    keep(house, allotment, "hall-1")
    assert house.draw(polar, allotment).status == 201
    assert house.send("DELETE", f"{house.event}/allotments/{allotment}").status == 409
    assert len(said(house.table, house.event_id)) == 10


@pytest.mark.parametrize("writes", range(1, 4))
def test_after_a_death_giving_up_again_frees_the_other_seats(
    house: Partners, table: DynamoTable, writes: int
) -> None:
    allotment = house.allotment(None)
    keep(house, allotment, "hall-1", "hall-2", "hall-3")
    catalog = load_catalog(table, house.event_id)
    with pytest.raises(Died):
        give_up_allotment(Mortal(table, writes), catalog, allotment, now=NOW, random=Random(1))
    assert kept(house) == {f"!{allotment}"}
    assert house.send("DELETE", f"{house.event}/allotments/{allotment}").status == 404
    assert kept(house) == set()


def test_no_seat_is_kept_for_an_allotment_that_was_given_up_meanwhile(
    house: Partners, table: DynamoTable
) -> None:
    allotment = house.allotment(None)
    catalog = load_catalog(table, house.event_id)
    request = BlockRequest(rows=["hall-1"], channel=allotment)
    house.done("DELETE", f"{house.event}/allotments/{allotment}")
    with pytest.raises(NotFound):
        block(table, catalog, request, now=NOW)
    assert kept(house) == set()


def test_a_seat_that_another_ticket_got_comes_back_free(house: Partners, polar: str) -> None:
    allotment = house.allotment(polar, terms=FREE)
    keep(house, allotment, "hall-1")
    others, own = house.placed(), house.draw(polar, allotment).body["id"]
    house.fulfil(others)
    house.fulfil(own)
    moves = [{"ticket_id": f"{order}-1", "seat": f"hall-1-{at}"} for at, order in enumerate((others, own), 1)]
    house.done("POST", f"{house.event}/seating/moves", {"moves": moves})
    for order in (others, own):
        house.done("POST", f"{house.event}/orders/{order}/cancel", {})
    on = said(house.table, house.event_id)
    assert (on.get("hall-1-1"), on["hall-1-2"]) == (None, f"!{allotment}")


def test_a_seat_that_comes_back_into_the_plan_is_not_kept_for_an_allotment_that_is_over(
    house: Partners, table: DynamoTable
) -> None:
    allotment = house.allotment(None)
    keep(house, allotment, "hall-1")
    plan = house.done("GET", f"{house.event}/seating")["plan"]
    first = plan["sections"][0]["rows"].pop(0)
    house.done("PUT", f"{house.event}/seating", {name: plan[name] for name in ("categories", "sections")})
    assert kept(house) == {f"!removed:{allotment}"}
    house.done("DELETE", f"{house.event}/allotments/{allotment}")
    plan["sections"][0]["rows"].insert(0, first)
    house.done("PUT", f"{house.event}/seating", {name: plan[name] for name in ("categories", "sections")})
    assert kept(house) == set()


def test_seats_kept_for_an_allotment_are_free_when_its_time_is_over(
    house: Partners, polar: str, table: DynamoTable
) -> None:
    allotment = house.allotment(polar, terms=SOON)
    keep(house, allotment, "hall-1", "hall-2")
    drawn = house.draw(polar, allotment).body["id"]
    house.api.now = OVER
    house.api.sweep()
    assert load_catalog(table, house.event_id).allotments[allotment].ended_at == OVER
    assert kept(house) == {f"{drawn}-1"}


@pytest.mark.parametrize("writes", range(3))
def test_after_a_death_the_end_of_an_allotment_goes_on(
    house: Partners, table: DynamoTable, writes: int
) -> None:
    allotment = house.allotment(house.company(), terms=SOON)
    keep(house, allotment, "hall-1", "hall-2")
    catalog = load_catalog(table, house.event_id)
    with pytest.raises(Died):
        end_allotment(Mortal(table, writes), catalog, allotment, now=OVER, random=Random(1))
    catalog = load_catalog(table, house.event_id)
    assert catalog.allotments[allotment].due is not None
    end_allotment(table, catalog, allotment, now=OVER, random=Random(1))
    assert kept(house) == set()


@pytest.mark.parametrize("loose", ["nothing", "EVENT#"])
def test_an_allotment_that_is_prolonged_meanwhile_keeps_its_seats_but_without_the_guard(
    house: Partners, table: DynamoTable, loose: str
) -> None:
    allotment = house.allotment(house.company(), terms=SOON)
    keep(house, allotment, "hall-1")
    path = f"{house.event}/allotments/{allotment}"
    later = {"terms": FREE | {"until": "2027-05-02T00:00:00Z"}}
    slow = Meanwhile(table, lambda: house.done("PATCH", path, later), "SEATS#", loose=loose)
    end_allotment(slow, load_catalog(table, house.event_id), allotment, now=OVER, random=Random(1))
    assert kept(house) == ({f"!{allotment}"} if loose == "nothing" else set())


def test_what_is_drawn_while_the_rest_goes_back_stays_drawn(
    stage: Partners, polar: str, table: DynamoTable, overtaken: MakeOvertaken
) -> None:
    allotment = stage.allotment(polar, 10, terms=FREE | {"until": "2027-03-02T00:00:00Z"})
    catalog = load_catalog(table, stage.event_id)
    over = NOW + timedelta(days=2)
    slow = overtaken(lambda: drawing(stage, table, polar, allotment, 3), "nothing")

    release_rest(slow, catalog, allotment, now=over, random=Random(1))

    ended = load_catalog(table, stage.event_id).allotments[allotment]
    assert (ended.units, left(table, ended.stock), ended.ended_at) == (3, 0, over)
    release_rest(table, load_catalog(table, stage.event_id), allotment, now=over, random=Random(1))
    assert load_catalog(table, stage.event_id).allotments[allotment] == ended
