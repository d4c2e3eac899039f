"""The head of an event's page: what previews and search engines read, and that text stays text."""

import json
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from admit.catalog.event import EventStatus, Venue
from admit.catalog.page import CategoryView, EventPage, PriceView, TierView
from admit.catalog.page_head import LANGUAGE, NOINDEX, event_data, event_document
from admit.catalog.price import PaymentMethod
from admit.catalog.tier import SaleState
from admit.money import Money

SHELL = f"<!doctype html>\n{LANGUAGE}\n  <head>\n    {NOINDEX}\n  </head>\n  <body></body>\n</html>\n"
URL = "https://site.example/e/northern-lights"
NASTY = """</script><script>alert("1")</script> & 'x' <!--"""


def a_price(**overrides: Any) -> PriceView:
    fields: dict[str, Any] = {
        "id": "price-1",
        "label": "",
        "amount": Money(amount=12_500, currency="EUR"),
        "floor": None,
        "payment_methods": [PaymentMethod.CARD],
        "min": None,
        "max": None,
        "valid_until": None,
    }
    return PriceView.model_validate(fields | overrides)


def a_tier(*prices: PriceView, **overrides: Any) -> TierView:
    fields: dict[str, Any] = dict.fromkeys(TierView.model_fields)
    fields |= {
        "id": "tier-1",
        "title": "Two-day pass",
        "description_line": "",
        "description": "",
        "photos": [],
        "position": 0,
        "state": SaleState.ON_SALE,
        "waiting_list": False,
        "prices": list(prices or [a_price()]),
        "limited": False,
        "approval_required": False,
        "address_required": False,
        "offers": [],
    }
    return TierView.model_validate(fields | overrides)


def a_page(*tiers: TierView, **overrides: Any) -> EventPage:
    category = CategoryView(id="c", title="Tickets", description="", position=0, tiers=list(tiers))
    fields: dict[str, Any] = dict.fromkeys(EventPage.model_fields)
    fields |= {
        "id": "event-1",
        "slug": "northern-lights",
        "title": "Northern Lights Conference",
        "description": "Two days\non software that lasts.",
        "status": EventStatus.PUBLISHED,
        "starts_at": datetime(2027, 6, 3, 7, 0, tzinfo=UTC),
        "ends_at": datetime(2027, 11, 4, 15, 0, tzinfo=UTC),
        "timezone": "Europe/Oslo",
        "currency": "EUR",
        "venue": Venue(name="Ishavskatedralen", address="Hans Nilsens veg 41, 9020 Tromsø"),
        "images": ["https://api.example/public/images/event-1/a"],
        "tax_included": True,
        "categories": [category],
        "questions": [],
    }
    return EventPage.model_validate(fields | overrides)


def document(page: EventPage, language: str = "en") -> str:
    return event_document(
        SHELL,
        page,
        language=language,
        when="3 June 2027",
        site_url="https://site.example",
        api_url="https://api.example",
    )


def metas(html: str) -> dict[str, str]:
    found = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)" />', html)
    return {name: unescape(content) for name, content in found}


def data_in(html: str) -> Any:
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(data)


def offers(*tiers: TierView, **overrides: Any) -> list[dict[str, str]]:
    found: list[dict[str, str]] = event_data(a_page(*tiers, **overrides), URL).get("offers", [])
    return found


def test_a_preview_shows_title_time_place_and_picture() -> None:
    html = document(a_page())
    told = metas(html)
    assert "<title>Northern Lights Conference</title>" in html
    assert told["og:title"] == "Northern Lights Conference"
    assert told["og:description"] == told["description"]
    assert told["description"] == "3 June 2027 · Ishavskatedralen. Two days on software that lasts."
    assert told["og:image"] == "https://api.example/public/images/event-1/a"
    assert told["twitter:card"] == "summary_large_image"
    assert (told["og:url"], told["og:type"], told["og:locale"]) == (URL, "website", "en_GB")
    assert f'<link rel="canonical" href="{URL}" />' in html


def test_a_page_of_an_event_may_be_found_and_the_plain_one_may_not() -> None:
    assert "noindex" in SHELL
    assert "noindex" not in document(a_page())


def test_the_data_of_the_page_is_asked_for_by_its_document() -> None:
    address = "https://api.example/public/events/northern-lights"
    assert f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{address}" />' in document(a_page())


def test_whatever_an_organizer_writes_stays_text() -> None:
    venue = Venue(name=NASTY, address=NASTY)
    html = document(a_page(a_tier(title=NASTY), title=NASTY, description=NASTY, venue=venue))
    assert len(re.findall("<script", html)) == 1
    assert "<!--" not in html
    assert metas(html)["og:title"] == NASTY
    assert data_in(html)["name"] == NASTY
    assert data_in(html)["offers"][0]["name"] == NASTY


@pytest.mark.parametrize(
    ("language", "opening", "locale"),
    [
        ("en", '<html lang="en" dir="ltr">', "en_GB"),
        ("de-CH", '<html lang="de-CH" dir="ltr">', "de_DE"),
        ("ar", '<html lang="ar" dir="rtl">', "ar_AR"),
        ("pt-BR", '<html lang="pt-BR" dir="ltr">', None),
    ],
)
def test_the_document_speaks_the_language_of_the_event(
    language: str, opening: str, locale: str | None
) -> None:
    html = document(a_page(), language)
    assert opening in html
    assert metas(html).get("og:locale") == locale


def test_a_long_description_is_cut_between_words() -> None:
    description = metas(document(a_page(description="lighthouse " * 60)))["description"]
    assert len(description) <= 202
    assert description.endswith("lighthouse …")


def test_search_engines_get_all_that_they_require_of_an_event() -> None:
    """Source: https://developers.google.com/search/docs/appearance/structured-data/event"""
    data = data_in(document(a_page(a_tier())))
    assert (data["@context"], data["@type"]) == ("https://schema.org", "Event")
    assert {"name", "startDate", "location"} <= data.keys()
    assert data["location"]["@type"] == "Place"
    assert data["location"]["address"] == "Hans Nilsens veg 41, 9020 Tromsø"
    assert {"description", "endDate", "eventStatus", "image", "offers"} <= data.keys()
    assert {"availability", "price", "priceCurrency", "url"} <= data["offers"][0].keys()


def test_times_are_told_with_the_offset_that_the_event_s_zone_has_then() -> None:
    data = event_data(a_page(), URL)
    assert (data["startDate"], data["endDate"]) == ("2027-06-03T09:00+02:00", "2027-11-04T16:00+01:00")


def test_a_place_without_an_address_is_told_by_its_name() -> None:
    data = event_data(a_page(venue=Venue(name="Online stage")), URL)
    assert data["location"]["address"] == "Online stage"


def test_an_event_without_a_place_tells_none() -> None:
    assert not {"location", "eventAttendanceMode"} & event_data(a_page(venue=None), URL).keys()


@pytest.mark.parametrize(
    ("status", "told"),
    [
        (EventStatus.PUBLISHED, "EventScheduled"),
        (EventStatus.CLOSED, "EventScheduled"),
        (EventStatus.CANCELLED, "EventCancelled"),
    ],
)
def test_an_event_that_is_cancelled_says_so(status: EventStatus, told: str) -> None:
    assert event_data(a_page(status=status), URL)["eventStatus"] == f"https://schema.org/{told}"


def test_a_cancelled_event_offers_nothing() -> None:
    assert offers(a_tier(), status=EventStatus.CANCELLED) == []


@pytest.mark.parametrize(
    ("state", "availability"),
    [
        (SaleState.ON_SALE, ["https://schema.org/InStock"]),
        (SaleState.NOT_YET, ["https://schema.org/PreOrder"]),
        (SaleState.SOLD_OUT, ["https://schema.org/SoldOut"]),
        (SaleState.ENDED, []),
        (SaleState.LOCKED, []),
    ],
)
def test_a_ticket_is_offered_as_its_sale_stands(state: SaleState, availability: list[str]) -> None:
    assert [offer["availability"] for offer in offers(a_tier(state=state))] == availability


@pytest.mark.parametrize(
    ("money", "price"),
    [
        (Money(amount=12_500, currency="EUR"), "125.00"),
        (Money(amount=0, currency="EUR"), "0.00"),
        (Money(amount=5_000, currency="JPY"), "5000"),
        (Money(amount=1_250, currency="KWD"), "1.250"),
    ],
)
def test_a_price_is_a_plain_number_in_the_event_s_currency(money: Money, price: str) -> None:
    [offer] = offers(a_tier(a_price(amount=money)))
    assert (offer["price"], offer["priceCurrency"]) == (price, money.currency)


def test_pay_what_you_want_is_offered_from_its_floor() -> None:
    [offer] = offers(a_tier(a_price(floor=Money(amount=1_000, currency="EUR"))))
    assert offer["price"] == "10.00"


def test_each_price_is_an_offer_of_its_own_for_as_long_as_it_holds() -> None:
    opens, closes = datetime(2027, 1, 1, tzinfo=UTC), datetime(2027, 5, 1, tzinfo=UTC)
    early = a_price(label="Early bird", valid_until=datetime(2027, 2, 1, tzinfo=UTC))
    first, second = offers(a_tier(early, a_price(), sale_starts_at=opens, sale_ends_at=closes))
    assert (first["name"], second["name"]) == ("Two-day pass – Early bird", "Two-day pass")
    assert first["validFrom"] == second["validFrom"] == "2027-01-01T01:00+01:00"
    assert (first["validThrough"], second["validThrough"]) == (
        "2027-02-01T01:00+01:00",
        "2027-05-01T02:00+02:00",
    )


def test_an_add_on_is_no_offer_of_the_event() -> None:
    assert offers(a_tier(add_on_of="tier-2")) == []
