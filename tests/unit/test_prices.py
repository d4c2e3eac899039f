"""Prices: which one a customer pays, who may buy at it, how many, and what of it is tax."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from admit.catalog.catalog import Catalog
from admit.catalog.organization import Organization
from admit.catalog.price import Audience, AudienceType, OrganizationRole, PaymentMethod, Price, PriceSettings
from admit.catalog.tier import Tier, passcode_hash
from admit.errors import (
    AddOnAlone,
    AdmitError,
    EmailUnverified,
    Invalid,
    LimitReached,
    Locked,
    NotOnSale,
    NotWhitelisted,
    SoldOut,
    UnknownCode,
)
from admit.ids import normal_email
from admit.money import Money, rounded
from admit.orders.place import Draft, draft_by_buyer
from admit.orders.price import Customer, LineRequest, price_lines
from admit.orders.quote import quote
from admit.stock.stock import Stock
from tests.builders import NOW, later
from tests.unit.test_quote import CARD, FREE, INVOICE, a_catalog, a_price, a_request, a_tier, faults, priced

KARI = "kari@polar.example"


def for_code(code: str) -> Audience:
    return Audience(type=AudienceType.CODE, code=code)


def a_scarce_price(price_id: str, amount: int, quantity: int) -> Price:
    stock = Stock.opened(price_id, quantity)
    return a_price(price_id, amount, CARD, quantity=quantity, stock=stock)


def a_locked_tier(tier_id: str, passcode: str, *prices: Price, **fields: Any) -> Tier:
    return a_tier(tier_id, *prices, passcode_hash=passcode_hash(passcode, tier_id), **fields)


def with_sponsor(catalog: Catalog, company_id: str, role: OrganizationRole) -> Catalog:
    organization = Organization(company_id=company_id, event_id="event-1", role=role)
    return Catalog(**{**vars(catalog), "organizations": {company_id: organization}})


def ids_of(catalog: Catalog, *wanted: Any, **customer: Any) -> list[str]:
    return [line.price_id for line in priced(*wanted, catalog=catalog, **customer).lines]


def refusal(catalog: Catalog, *wanted: Any, **customer: Any) -> AdmitError:
    with pytest.raises(AdmitError) as refused:
        priced(*wanted, catalog=catalog, **customer)
    return refused.value


def chosen(catalog: Catalog, unit: int, currency: str = "EUR", quantity: int = 1) -> int:
    """Return the total of an order for which the buyer has chosen what each ticket costs."""
    line = LineRequest(tier_id="gift", quantity=quantity, unit=Money(amount=unit, currency=currency))
    return price_lines(catalog, [line], NOW).total


# --- which price ------------------------------------------------------------------------------------------


def test_a_price_is_valid_from_its_first_moment_and_not_at_its_last() -> None:
    early = a_price("early", 100, CARD, valid_from=NOW, valid_until=later(10))
    catalog = a_catalog(a_tier("pass", early, a_price("regular", 200, CARD, valid_from=later(10))))

    assert ids_of(catalog, ("pass", 1)) == ["early"]
    assert priced(("pass", 1), catalog=catalog, now=later(10)).lines[0].price_id == "regular"
    with pytest.raises(NotOnSale):
        priced(("pass", 1), catalog=catalog, now=NOW - timedelta(seconds=1))
    assert isinstance(refusal(catalog, ("pass", 1, "regular")), NotOnSale)


def test_without_a_wish_the_first_open_price_that_has_enough_left_is_taken() -> None:
    early, regular = a_scarce_price("early", 100, 50), a_price("regular", 200, CARD)
    catalog = a_catalog(a_tier("pass", early, regular))

    assert ids_of(catalog, ("pass", 2), left=lambda: {"early": 2}) == ["early"]
    assert ids_of(catalog, ("pass", 3), left=lambda: {"early": 2}) == ["regular"]


def test_a_wish_for_a_price_is_kept_to_even_when_it_seems_sold_out() -> None:
    early, regular = a_scarce_price("early", 100, 50), a_price("regular", 200, CARD)
    catalog = a_catalog(a_tier("pass", early, regular))

    assert ids_of(catalog, ("pass", 1, "early"), left=lambda: {"early": 0}) == ["early"]


def test_of_prices_that_all_seem_to_have_run_out_the_last_one_is_claimed_which_decides() -> None:
    catalog = a_catalog(a_tier("pass", a_scarce_price("early", 100, 5), a_scarce_price("late", 200, 5)))

    assert ids_of(catalog, ("pass", 1), left=lambda: {"early": 0, "late": 0}) == ["late"]


def test_what_is_not_known_of_a_stock_does_not_decide() -> None:
    catalog = a_catalog(a_tier("pass", a_scarce_price("early", 100, 5), a_price("late", 200, CARD)))

    assert ids_of(catalog, ("pass", 1)) == ["early"]


def test_a_tier_that_others_wait_for_is_sold_out_but_for_whom_it_is_offered() -> None:
    catalog = a_catalog(a_tier("pass", a_price("p", 100, CARD), waited_for=True))

    assert isinstance(refusal(catalog, ("pass", 1)), SoldOut)
    assert priced(("pass", 1), catalog=catalog, offered=True).total == 100


# --- who may buy ------------------------------------------------------------------------------------------


def test_a_price_for_a_code_opens_with_it_in_any_case_and_is_passed_over_without() -> None:
    friends = a_price("friends", 100, CARD, audience=for_code("FRIENDS"))
    catalog = a_catalog(a_tier("pass", friends, a_price("regular", 200, CARD)))

    assert ids_of(catalog, ("pass", 1), codes=["friends"]) == ["friends"]
    assert ids_of(catalog, ("pass", 1)) == ["regular"]
    assert isinstance(refusal(catalog, ("pass", 1, "friends")), Locked)


def test_a_price_for_companies_is_for_who_acts_for_one_of_them() -> None:
    audience = Audience(type=AudienceType.COMPANY, company_ids=["polar"])
    catalog = a_catalog(a_tier("pass", a_price("partners", 100, CARD, audience=audience)))

    assert ids_of(catalog, ("pass", 1), company_id="polar") == ["partners"]
    assert isinstance(refusal(catalog, ("pass", 1), company_id="fjord"), NotWhitelisted)
    assert isinstance(refusal(catalog, ("pass", 1)), NotWhitelisted)


def test_a_price_for_a_role_is_for_the_companies_that_have_it_at_this_event() -> None:
    audience = Audience(type=AudienceType.ROLE, roles=[OrganizationRole.SPONSOR])
    catalog = a_catalog(a_tier("pass", a_price("sponsors", 100, CARD, audience=audience)))
    sponsored = with_sponsor(catalog, "polar", OrganizationRole.SPONSOR)
    exhibiting = with_sponsor(catalog, "polar", OrganizationRole.EXHIBITOR)

    assert ids_of(sponsored, ("pass", 1), company_id="polar") == ["sponsors"]
    assert isinstance(refusal(sponsored, ("pass", 1), company_id="fjord"), NotWhitelisted)
    assert isinstance(refusal(exhibiting, ("pass", 1), company_id="polar"), NotWhitelisted)


def test_a_price_for_the_whitelist_is_for_who_has_shown_his_address() -> None:
    audience = Audience(type=AudienceType.WHITELIST)
    invited = a_price("invited", 100, CARD, audience=audience)
    catalog = a_catalog(a_tier("pass", invited, a_price("regular", 200, CARD)))

    assert ids_of(catalog, ("pass", 1, "invited"), verified_email=KARI) == ["invited"]
    assert ids_of(catalog, ("pass", 1), verified_email=KARI) == ["regular"]
    assert ids_of(catalog, ("pass", 1)) == ["regular"]
    assert isinstance(refusal(catalog, ("pass", 1, "invited")), EmailUnverified)


def limited_order(verified_email: str | None, domains: list[str] | None = None) -> Draft:
    tier = a_tier("pass", a_price("p", 12_500, CARD), limited=True, whitelist_domains=domains or [])
    customer = Customer(verified_email=verified_email)
    return draft_by_buyer(a_catalog(tier), a_request(), "order-1", customer, NOW)


@pytest.mark.parametrize("verified", [None, "ola@polar.example"])
def test_an_order_of_a_limited_tier_needs_the_buyers_own_proven_address(verified: str | None) -> None:
    with pytest.raises(EmailUnverified) as refused:
        limited_order(verified)
    assert faults(refused.value) == ["buyer.email"]


def test_an_order_of_a_limited_tier_goes_through_only_while_the_address_or_its_domain_is_listed() -> None:
    by_address, by_domain = limited_order(KARI), limited_order(KARI, ["polar.example"])

    assert [guard.key.sk[:6] for guard in by_address.guards] == ["EMAIL#"]
    assert [guard.key.sk for guard in by_domain.guards] == ["DOMAIN#polar.example"]
    assert by_address.order.email_verified


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "code"},
        {"type": "company", "company_ids": []},
        {"type": "role"},
        {"type": "everyone", "code": "FRIENDS"},
        {"type": "code", "code": "FRIENDS", "roles": ["sponsor"]},
    ],
)
def test_an_audience_says_whom_it_means_and_nothing_else(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Audience.model_validate(fields)


# --- passcodes and codes ----------------------------------------------------------------------------------


def test_a_tier_with_a_passcode_is_locked_until_it_is_given_in_any_case() -> None:
    catalog = a_catalog(a_locked_tier("vip", "Polarlicht", a_price("p", 100, CARD)))

    locked = refusal(catalog, ("vip", 1))
    assert (type(locked), faults(locked)) == (Locked, ["lines[0]"])
    assert priced(("vip", 1), catalog=catalog, codes=["polarLICHT"]).total == 100


@pytest.mark.parametrize("code", ["wrong", "vip", "pølarlicht", ""])
def test_another_passcode_opens_nothing(code: str) -> None:
    assert not a_locked_tier("vip", "polarlicht", a_price("p", 100, CARD)).opens_with([code])


def test_the_same_passcode_of_another_tier_is_stored_otherwise() -> None:
    first, second = passcode_hash("polarlicht", "tier-1"), passcode_hash("polarlicht", "tier-2")
    assert first.partition("$")[2] != second.partition("$")[2]
    assert "polarlicht" not in first


def test_a_code_that_opens_and_lowers_nothing_here_is_refused() -> None:
    vip = a_locked_tier("vip", "polarlicht", a_price("p", 100, CARD))
    catalog = a_catalog(a_tier("pass", a_price("q", 100, CARD)), vip)

    for code in ("nothing", "polarlicht"):
        unknown = refusal(catalog, ("pass", 1), codes=[code])
        assert (type(unknown), faults(unknown)) == (UnknownCode, ["code"])
    assert priced(("pass", 1), ("vip", 1), catalog=catalog, codes=["polarlicht"]).total == 200


# --- pay what you want ------------------------------------------------------------------------------------


def a_gift(floor: int, amount: int, *methods: PaymentMethod, currency: str = "EUR") -> Catalog:
    least = Money(amount=floor, currency=currency)
    price = a_price("p", amount, *(methods or (CARD,)), currency=currency, floor=least)
    return a_catalog(a_tier("gift", price), currency=currency)


def test_a_buyer_who_may_choose_pays_what_he_wants_from_the_floor_up() -> None:
    catalog = a_gift(floor=500, amount=2_000)

    assert [chosen(catalog, unit) for unit in (500, 501, 7_777)] == [500, 501, 7_777]
    assert chosen(catalog, 700, quantity=3) == 2_100
    assert priced(("gift", 2), catalog=catalog).total == 4_000
    for unit, currency in [(499, "EUR"), (2_000, "NOK"), (100_000_000, "EUR")]:
        with pytest.raises(Invalid):
            chosen(catalog, unit, currency)


def test_nothing_may_be_chosen_where_the_floor_is_nothing_and_is_then_free() -> None:
    catalog = a_gift(0, 2_000, CARD, FREE)
    line = LineRequest(tier_id="gift", quantity=1, unit=Money(amount=0, currency="EUR"))

    given = price_lines(catalog, [line], NOW)

    assert (given.total, given.payment_methods) == (0, [FREE])


def test_a_fixed_price_can_not_be_chosen() -> None:
    catalog = a_catalog(a_tier("gift", a_price("p", 2_000, CARD)))

    assert chosen(catalog, 2_000) == 2_000
    with pytest.raises(Invalid) as refused:
        chosen(catalog, 1_999)
    assert faults(refused.value) == ["lines[0].unit"]


def test_what_no_card_can_be_charged_is_not_chosen() -> None:
    catalog = a_gift(floor=500, amount=2_000, currency="KWD")

    assert chosen(catalog, 1_230, "KWD") == 1_230
    with pytest.raises(Invalid):
        chosen(catalog, 1_234, "KWD")


# --- how many ---------------------------------------------------------------------------------------------


def test_a_price_says_how_many_are_taken_at_once_at_least_and_at_most() -> None:
    catalog = a_catalog(a_tier("pass", a_price("p", 100, CARD, min=2, max=4)))

    assert [priced(("pass", n), catalog=catalog).total for n in (2, 4)] == [200, 400]
    assert isinstance(refusal(catalog, ("pass", 1)), Invalid)
    assert isinstance(refusal(catalog, ("pass", 5)), LimitReached)


def test_one_guest_has_a_limit_over_all_tiers_that_add_ons_do_not_count_for() -> None:
    add_on = a_tier("dinner", a_price("p3", 100, CARD), add_on_of="pass")
    tiers = a_tier("pass", a_price("p", 100, CARD)), a_tier("talk", a_price("p2", 100, CARD)), add_on
    catalog = a_catalog(*tiers, ticket_limit_per=3)

    assert priced(("pass", 2), ("talk", 1), ("dinner", 2), catalog=catalog).total == 500
    over = refusal(catalog, ("pass", 2), ("talk", 2))
    assert (type(over), faults(over)) == (LimitReached, ["lines"])
    assert priced(("pass", 5), catalog=catalog, by_organizer=True).total == 500


def test_the_limit_of_the_event_is_what_the_guest_may_still_have_of_each_line() -> None:
    add_on = a_tier("dinner", a_price("p2", 100, CARD), add_on_of="pass")
    catalog = a_catalog(a_tier("pass", a_price("p", 100, CARD)), add_on, ticket_limit_per=3)
    lines = priced(("pass", 1), ("dinner", 1), catalog=catalog)

    assert [line.limit for line in quote(catalog, lines, {"event-1": 2}, left={}).lines] == [1, 1_000]


def test_a_quote_tells_what_is_left_only_when_it_is_little_or_the_event_shows_it() -> None:
    def told(left: int, *, show: bool) -> int:
        catalog = a_catalog(a_tier("pass", a_price("p", 100, CARD), ticket_limit=500), show_available=show)
        return quote(catalog, priced(("pass", 1), catalog=catalog), {}, {"pass": left}).lines[0].limit

    assert (told(10, show=False), told(11, show=False), told(11, show=True)) == (10, 1_000, 11)


def test_plus_tags_count_as_one_guest_where_the_event_says_so() -> None:
    apart, same = a_catalog().event, a_catalog(plus_tags="same").event
    address = " Kari+Work@Polar.example"

    assert apart.guest(address) == normal_email(address) == "kari+work@polar.example"
    assert same.guest(address) == same.guest(KARI) == KARI


def test_an_add_on_goes_with_its_ticket_one_for_each_at_most() -> None:
    dinner = a_tier("dinner", a_price("p2", 100, CARD), add_on_of="pass")
    catalog = a_catalog(a_tier("pass", a_price("p", 100, CARD)), dinner)

    assert priced(("dinner", 2), ("pass", 2), catalog=catalog).total == 400
    alone = refusal(catalog, ("dinner", 1))
    assert (type(alone), faults(alone)) == (AddOnAlone, ["lines[0].quantity"])
    many = refusal(catalog, ("pass", 2), ("dinner", 2), ("dinner", 1))
    assert (type(many), faults(many)) == (AddOnAlone, ["lines[1].quantity", "lines[2].quantity"])
    assert priced(("dinner", 3), catalog=catalog, by_organizer=True).total == 300


def test_what_orders_want_of_stock_is_counted_together_and_add_ons_are_no_guests() -> None:
    dinner = a_tier("dinner", a_price("p2", 0, FREE), add_on_of="pass")
    catalog = a_catalog(a_tier("pass", a_scarce_price("p", 12_500, 9)), dinner)
    request = a_request(lines=[{"tier_id": "pass", "quantity": 2}, {"tier_id": "dinner", "quantity": 1}])

    wanted = draft_by_buyer(catalog, request, "order-1", Customer(), NOW).wanted

    assert {stock.id: units for stock, units in wanted.items()} == {
        "pass": 2,
        "p": 2,
        "dinner": 1,
        "event-1": 2,
    }


# --- tax --------------------------------------------------------------------------------------------------


def taxed(amount: int, rate: str, *, included: bool, quantity: int = 1, currency: str = "EUR") -> Any:
    tier = a_tier("pass", a_price("p", amount, CARD, currency=currency), tax_rate=rate)
    catalog = a_catalog(tier, currency=currency, tax_included=included)
    [line] = priced(("pass", quantity), catalog=catalog).lines
    return line.tax, line.total


@pytest.mark.parametrize(
    ("amount", "rate", "quantity", "tax"),
    [
        (11_900, "19", 1, 1_900),
        (10_000, "19", 1, 1_597),  # 1596.64
        (103, "3", 1, 3),
        (10_770, "7.7", 3, 2_310),
        (5_000, "0", 1, 0),
        (21, "5", 1, 1),
        (105, "100", 1, 53),  # 52.5
    ],
)
def test_a_tax_that_is_contained_is_shown_and_nothing_is_added(
    amount: int, rate: str, quantity: int, tax: int
) -> None:
    assert taxed(amount, rate, included=True, quantity=quantity) == (tax, amount * quantity)


@pytest.mark.parametrize(
    ("amount", "rate", "quantity", "tax"),
    [
        (10_000, "19", 1, 1_900),
        (250, "19", 1, 48),  # 47.5
        (250, "19", 3, 143),  # 142.5 of the line, not three times 48
        (249, "19", 1, 47),  # 47.31
        (1_000, "7.75", 1, 78),  # 77.5
    ],
)
def test_a_tax_that_is_added_is_rounded_half_up_once_a_line(
    amount: int, rate: str, quantity: int, tax: int
) -> None:
    assert taxed(amount, rate, included=False, quantity=quantity) == (tax, amount * quantity + tax)


def test_yen_have_no_decimals_and_dinars_are_charged_in_tens() -> None:
    assert taxed(1_005, "10", included=False, currency="JPY") == (101, 1_106)  # 100.5
    assert taxed(1_000, "7.7", included=False, currency="KWD") == (80, 1_080)  # 77
    assert taxed(1_000, "7.4", included=False, currency="KWD") == (70, 1_070)  # 74
    assert taxed(1_000, "10", included=True, currency="KWD") == (91, 1_000)  # 90.9 of what is charged anyway


def test_halves_are_rounded_up_to_the_step() -> None:
    assert [rounded(Decimal(text)) for text in ("0.5", "1.5", "2.49", "2.5")] == [1, 2, 2, 3]
    assert [rounded(Decimal(text), 10) for text in ("4.9", "5", "14", "15")] == [0, 10, 10, 20]


# --- what an organizer may set ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"amount": 1_234, "currency": "KWD"},
        {"amount": 100_000_000},
        {"amount": 100, "floor": {"amount": 200, "currency": "EUR"}},
        {"amount": 100, "floor": {"amount": 50, "currency": "NOK"}},
        {"amount": 100, "payment_methods": ["card", "free"]},
        {"amount": 100, "payment_methods": []},
        {"amount": 100, "min": 3, "max": 2},
        {"amount": 100, "valid_from": later(2), "valid_until": later(1)},
        {"amount": 100, "quantity": -1},
    ],
)
def test_a_price_that_can_not_be_right_is_refused(fields: dict[str, Any]) -> None:
    amount = {"amount": fields.pop("amount"), "currency": fields.pop("currency", "EUR")}
    with pytest.raises(ValidationError):
        PriceSettings.model_validate({"amount": amount, **fields})


@pytest.mark.parametrize(("amount", "methods"), [(0, [FREE]), (1, [CARD])])
def test_a_price_without_methods_is_free_or_by_card(amount: int, methods: list[PaymentMethod]) -> None:
    settings = PriceSettings(amount=Money(amount=amount, currency="EUR"))
    assert Price.of_settings(settings, lambda: "p").payment_methods == methods


def test_an_order_by_invoice_and_one_by_card_have_no_method_in_common() -> None:
    catalog = a_catalog(
        a_tier("pass", a_price("p", 100, CARD)),
        a_tier("group", a_price("q", 100, INVOICE)),
        a_tier("free", a_price("r", 0, FREE)),
    )
    assert priced(("pass", 1), ("group", 1), catalog=catalog).payment_methods == []
    assert priced(("group", 1), ("free", 3), catalog=catalog).payment_methods == [INVOICE]
