"""Quotes: the server prices, and what it refuses it names by line."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from admit.catalog.catalog import Catalog
from admit.catalog.event import EventStatus
from admit.catalog.price import PaymentMethod, Price
from admit.catalog.tier import Category, SaleState, Tier
from admit.errors import (
    AdmitError,
    Invalid,
    LimitReached,
    NotFound,
    NotOnSale,
    PaymentMethodNotAllowed,
    PriceChanged,
)
from admit.money import Money, smallest_charge
from admit.orders.order import Order
from admit.orders.place import OrganizerPlaceRequest, PlaceRequest, draft_by_buyer, draft_by_organizer
from admit.orders.price import Customer, LineRequest, Priced, price_lines
from admit.orders.quote import quote
from admit.stock.stock import Stock
from tests.builders import BILLING, NOW, a_buyer
from tests.unit.test_credential import an_event_record

CARD, INVOICE, FREE = PaymentMethod.CARD, PaymentMethod.INVOICE, PaymentMethod.FREE


def a_price(
    price_id: str, amount: int, *methods: PaymentMethod, currency: str = "EUR", **fields: Any
) -> Price:
    money = Money(amount=amount, currency=currency)
    return Price(id=price_id, amount=money, payment_methods=list(methods), **fields)


def a_tier(tier_id: str, *prices: Price, **fields: Any) -> Tier:
    return Tier(
        id=tier_id,
        event_id="event-1",
        category="general",
        title=tier_id.title(),
        prices=list(prices),
        stock=Stock.opened(tier_id, fields.get("ticket_limit")),
        **fields,
    )


def a_catalog(*tiers: Tier, **event: Any) -> Catalog:
    fields = {"starts_at": NOW + timedelta(days=90), "ends_at": NOW + timedelta(days=91), **event}
    general = Category(id="general", event_id="event-1", title="General")
    return Catalog(an_event_record(**fields), {"general": general}, {tier.id: tier for tier in tiers}, {})


CATALOG = a_catalog(
    a_tier("free", a_price("p0", 0, FREE)),
    a_tier(
        "pass", a_price("early", 9_900, CARD, INVOICE, valid_until=NOW), a_price("p1", 12_500, CARD, INVOICE)
    ),
    a_tier("dinner", a_price("p2", 4_000, CARD, max=4), ticket_limit_per=6),
    a_tier("group", a_price("p3", 8_000, INVOICE, min=5)),
    a_tier("later", a_price("p4", 100, CARD), sale_starts_at=NOW + timedelta(days=1)),
    a_tier("over", a_price("p5", 100, CARD), sale_ends_at=NOW),
    a_tier("hidden", a_price("p6", 100, CARD), active=False),
)


def lines(*wanted: tuple[str, int] | tuple[str, int, str]) -> list[LineRequest]:
    return [LineRequest(tier_id=w[0], quantity=w[1], price_id=w[2] if len(w) > 2 else None) for w in wanted]


def priced(*wanted: Any, catalog: Catalog = CATALOG, now: datetime = NOW, **customer: Any) -> Priced:
    return price_lines(catalog, lines(*wanted), now, Customer(**customer))


def faults(error: AdmitError) -> list[str]:
    return [fault.field for fault in error.faults]


def test_lines_are_priced_at_the_first_price_valid_now() -> None:
    written = quote(CATALOG, priced(("pass", 2), ("free", 1)), taken={}, left={})

    assert [(line.price_id, line.total.amount) for line in written.lines] == [("p1", 25_000), ("p0", 0)]
    assert (written.total.amount, written.total.currency) == (25_000, "EUR")


def test_an_order_above_what_one_payment_holds_is_refused() -> None:
    catalog = a_catalog(a_tier("island", a_price("p", 60_000_000, INVOICE)))
    assert priced(("island", 1), catalog=catalog).total == 60_000_000
    with pytest.raises(Invalid, match="mend"):
        priced(("island", 2), catalog=catalog)


def test_a_limit_is_what_the_guest_may_still_order() -> None:
    lines_of = [("dinner", 1), ("pass", 1)]

    def limits(taken: dict[str, int]) -> list[int]:
        return [line.limit for line in quote(CATALOG, priced(*lines_of), taken, left={}).lines]

    assert limits({}) == [4, 1_000]
    assert limits({"dinner": 5}) == [1, 1_000]
    assert limits({"dinner": 6}) == [0, 1_000]


def test_a_price_of_the_past_is_valid_until_its_end() -> None:
    before = NOW - timedelta(seconds=1)
    assert priced(("pass", 1), now=before).total == 9_900
    with pytest.raises(NotOnSale):
        priced(("pass", 1, "early"))


@pytest.mark.parametrize(
    ("wanted", "methods"),
    [
        ([("free", 1)], [FREE]),
        ([("pass", 1), ("free", 1)], [CARD, INVOICE]),
        ([("pass", 1), ("dinner", 1)], [CARD]),
        ([("dinner", 1), ("group", 5)], []),
    ],
)
def test_payment_methods_are_those_that_all_charged_lines_share(
    wanted: list[tuple[str, int]], methods: list[PaymentMethod]
) -> None:
    assert priced(*wanted).payment_methods == methods


def test_a_total_too_small_for_a_card_leaves_the_invoice() -> None:
    catalog = a_catalog(a_tier("coffee", a_price("p", 49, CARD, INVOICE)))
    assert priced(("coffee", 1), catalog=catalog).payment_methods == [INVOICE]
    assert priced(("coffee", 2), catalog=catalog).payment_methods == [CARD, INVOICE]
    assert (smallest_charge("EUR"), smallest_charge("NOK")) == (50, 300)


@pytest.mark.parametrize(
    ("wanted", "error", "field"),
    [
        ([("pass", 1), ("nothing", 1)], Invalid, "lines[1].tier_id"),
        ([("hidden", 1)], Invalid, "lines[0].tier_id"),
        ([("pass", 1, "p2")], Invalid, "lines[0].price_id"),
        ([("group", 4)], Invalid, "lines[0].quantity"),
        ([("dinner", 5)], LimitReached, "lines[0].quantity"),
        ([("dinner", 3), ("dinner", 4)], LimitReached, "lines[1].quantity"),
        ([("pass", 600), ("free", 600)], LimitReached, "lines"),
        ([("later", 1)], NotOnSale, "lines[0]"),
        ([("over", 1)], NotOnSale, "lines[0]"),
    ],
)
def test_a_line_at_fault_is_named(wanted: list[Any], error: type[AdmitError], field: str) -> None:
    with pytest.raises(error) as refused:
        priced(*wanted)
    assert faults(refused.value) == [field]


def test_the_limit_of_a_price_counts_its_own_tickets_only() -> None:
    early, regular = a_price("early", 100, CARD, max=2), a_price("regular", 200, CARD)
    catalog = a_catalog(a_tier("pass", early, regular))

    assert priced(("pass", 4, "regular"), ("pass", 2, "early"), catalog=catalog).total == 1_000
    with pytest.raises(LimitReached):
        priced(("pass", 1, "early"), ("pass", 2, "early"), catalog=catalog)


def test_an_organizers_invoice_over_nothing_is_refused() -> None:
    body = {"lines": lines(("free", 1)), "buyer": a_buyer(), "payment_method": INVOICE, "billing": BILLING}
    with pytest.raises(Invalid) as refused:
        draft_by_organizer(CATALOG, OrganizerPlaceRequest.model_validate(body), "order-1", NOW)
    assert faults(refused.value) == ["payment_method"]


@pytest.mark.parametrize("fields", [{"source": "public"}, {"source": "allotment"}])
def test_an_organizers_order_is_his_own_or_a_companys_allotment(fields: dict[str, str]) -> None:
    body = {"lines": lines(("free", 1)), "buyer": a_buyer(), "payment_method": FREE, **fields}
    with pytest.raises(ValidationError):
        OrganizerPlaceRequest.model_validate(body)


def test_an_event_sells_while_it_is_published_and_not_over() -> None:
    with pytest.raises(NotFound):
        priced(("free", 1), catalog=a_catalog(*CATALOG.tiers.values(), status=EventStatus.DRAFT))
    with pytest.raises(NotOnSale):
        priced(("free", 1), catalog=a_catalog(*CATALOG.tiers.values(), status=EventStatus.CLOSED))
    with pytest.raises(NotOnSale):
        priced(("free", 1), now=NOW + timedelta(days=92))


def test_a_complimentary_order_costs_nothing_and_is_not_bound_to_the_sale() -> None:
    given = priced(("over", 2), by_organizer=True, unit=0)
    assert (given.total, given.payment_methods) == (0, [FREE])


def a_request(**fields: Any) -> PlaceRequest:
    body = {
        "lines": lines(("pass", 2)),
        "buyer": a_buyer(),
        "payment_method": CARD,
        "total": Money(amount=25_000, currency="EUR"),
    }
    return PlaceRequest.model_validate(body | fields)


def ordered(**fields: Any) -> Order:
    return draft_by_buyer(CATALOG, a_request(**fields), "order-1", Customer(), NOW).order


def test_another_total_is_refused_with_the_new_quote() -> None:
    with pytest.raises(PriceChanged) as refused:
        ordered(total=Money(amount=1, currency="EUR"))
    assert refused.value.extra["quote"]["total"] == {"amount": 25_000, "currency": "EUR"}


def test_another_currency_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        ordered(total=Money(amount=25_000, currency="NOK"))
    assert faults(refused.value) == ["total.currency"]


def test_an_invoice_needs_somebody_to_write_to() -> None:
    with pytest.raises(Invalid) as refused:
        ordered(payment_method=INVOICE)
    assert faults(refused.value) == ["billing"]
    assert ordered(payment_method=INVOICE, billing=BILLING).due_at == NOW + timedelta(days=14)


def test_a_tier_that_needs_an_address_asks_for_it_with_everything_else_that_is_missing() -> None:
    catalog = a_catalog(a_tier("pass", a_price("p", 12_500, INVOICE), address_required=True))

    with pytest.raises(Invalid) as refused:
        draft_by_buyer(catalog, a_request(payment_method=INVOICE), "order-1", Customer(), NOW)

    assert faults(refused.value) == ["billing", "buyer.address"]


def test_a_method_that_the_lines_do_not_share_is_refused() -> None:
    with pytest.raises(PaymentMethodNotAllowed):
        ordered(payment_method=FREE)


def test_a_card_order_is_held_and_a_free_one_is_settled_at_once() -> None:
    free = ordered(lines=lines(("free", 1)), payment_method=FREE, total=Money(amount=0, currency="EUR"))

    assert ordered().hold_expires_at == NOW + timedelta(minutes=10)
    assert (free.status, free.payment_status, free.hold_expires_at) == ("settled", "paid", None)


@pytest.mark.parametrize(
    ("tier", "left", "state"),
    [
        ("pass", None, SaleState.ON_SALE),
        ("pass", 1, SaleState.ON_SALE),
        ("pass", 0, SaleState.SOLD_OUT),
        ("later", None, SaleState.NOT_YET),
        ("over", 5, SaleState.ENDED),
    ],
)
def test_a_tier_says_whether_it_sells(tier: str, left: int | None, state: SaleState) -> None:
    assert CATALOG.tiers[tier].sale_state(NOW, left) is state


def test_a_tier_whose_prices_are_still_to_come_is_not_yet_on_sale() -> None:
    tier = a_tier("soon", a_price("p", 100, CARD, valid_from=NOW + timedelta(days=2)))
    assert tier.sale_state(NOW, None) is SaleState.NOT_YET
