"""The head of an event's page, for who reads it without a browser: previews of links, search engines."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from admit.catalog.event import EventStatus
from admit.catalog.page import EventPage, PriceView, TierView
from admit.catalog.tier import SaleState
from admit.messages import direction

LANGUAGE = '<html lang="en">'
NOINDEX = '<meta name="robots" content="noindex" />'
"""Both stand in the pages' document, which is not to be found by itself."""

_LOCALES = {"en": "en_GB", "de": "de_DE", "fr": "fr_FR", "nb": "nb_NO", "ar": "ar_AR"}
_AVAILABILITY = {
    SaleState.ON_SALE: "https://schema.org/InStock",
    SaleState.NOT_YET: "https://schema.org/PreOrder",
    SaleState.SOLD_OUT: "https://schema.org/SoldOut",
}
_MOST_OF_A_DESCRIPTION = 200
# In a script the end of the element is looked for first, whatever the JSON says.
_IN_SCRIPT = str.maketrans({"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"})


def event_document(
    shell: str, page: EventPage, *, language: str, when: str, site_url: str, api_url: str
) -> str:
    """Return the pages' document with the head of an event.

    `language` is the BCP 47 tag of the event, `when` its time in that language's words. The document asks for
    the data of the page, just as the page does then, so that it comes while the scripts do.
    """
    url = f"{site_url}/e/{page.slug}"
    data_url = f"{api_url}/public/events/{page.slug}"
    summary = _summary(page, when)
    data = json.dumps(event_data(page, url), ensure_ascii=False, separators=(",", ":")).translate(_IN_SCRIPT)
    head = [
        f"<title>{escape(page.title)}</title>",
        _named("description", summary),
        f'<link rel="canonical" href="{escape(url)}" />',
        *_open_graph(page, url, summary, language),
        f'<link rel="preload" as="fetch" crossorigin="anonymous" href="{escape(data_url)}" />',
        f'<script type="application/ld+json">{data}</script>',
    ]
    spoken = f'<html lang="{escape(language)}" dir="{direction(language)}">'
    return shell.replace(LANGUAGE, spoken, 1).replace(NOINDEX, "\n    ".join(head), 1)


def event_data(page: EventPage, url: str) -> dict[str, Any]:
    """Describe an event as schema.org does, of what its page shows to everybody.

    Source: https://developers.google.com/search/docs/appearance/structured-data/event
    """
    cancelled = page.status is EventStatus.CANCELLED
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": page.title,
        "url": url,
        "startDate": _local(page.starts_at, page.timezone),
        "endDate": _local(page.ends_at, page.timezone),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if cancelled else 'Scheduled'}",
    }
    if page.description:
        data["description"] = page.description
    if page.images:
        data["image"] = page.images
    if page.venue:
        data["eventAttendanceMode"] = "https://schema.org/OfflineEventAttendanceMode"
        data["location"] = {
            "@type": "Place",
            "name": page.venue.name,
            "address": page.venue.address or page.venue.name,
        }
    if offers := [] if cancelled else list(_offers(page, url)):
        data["offers"] = offers
    return data


def _offers(page: EventPage, url: str) -> Iterator[Mapping[str, str]]:
    """Tell what can be bought, or could: neither add-ons, nor what is over or opens by a code only."""
    for category in page.categories:
        for tier in category.tiers:
            if tier.add_on_of is None and tier.state in _AVAILABILITY:
                for price in tier.prices:
                    yield _offer(page, tier, price, url)


def _offer(page: EventPage, tier: TierView, price: PriceView, url: str) -> Mapping[str, str]:
    least = price.floor or price.amount
    until = min((at for at in (price.valid_until, tier.sale_ends_at) if at), default=None)
    offer = {
        "@type": "Offer",
        "name": f"{tier.title} – {price.label}" if price.label else tier.title,
        "price": f"{least.decimal:f}",
        "priceCurrency": least.currency,
        "availability": _AVAILABILITY[tier.state],
        "url": url,
    }
    if tier.sale_starts_at:
        offer["validFrom"] = _local(tier.sale_starts_at, page.timezone)
    if until:
        offer["validThrough"] = _local(until, page.timezone)
    return offer


def _open_graph(page: EventPage, url: str, summary: str, language: str) -> Iterator[str]:
    """Source: https://ogp.me"""
    yield _property("type", "website")
    yield _property("title", page.title)
    yield _property("description", summary)
    yield _property("url", url)
    if locale := _LOCALES.get(language.partition("-")[0]):
        yield _property("locale", locale)
    if page.images:
        yield _property("image", page.images[0])
        yield _property("image:alt", page.title)
    yield _named("twitter:card", "summary_large_image" if page.images else "summary")


def _summary(page: EventPage, when: str) -> str:
    """Return when and where it is, and then what, as far as a preview shows it."""
    facts = " · ".join([when, *([page.venue.name] if page.venue else [])])
    return _shortened(f"{facts}. {' '.join(page.description.split())}".strip())


def _shortened(text: str) -> str:
    if len(text) <= _MOST_OF_A_DESCRIPTION:
        return text
    return text[:_MOST_OF_A_DESCRIPTION].rpartition(" ")[0] + " …"


def _local(at: datetime, timezone: str) -> str:
    return at.astimezone(ZoneInfo(timezone)).isoformat(timespec="minutes")


def _named(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{escape(content)}" />'


def _property(name: str, content: str) -> str:
    return f'<meta property="og:{name}" content="{escape(content)}" />'
