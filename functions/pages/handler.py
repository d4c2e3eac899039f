"""The document of an event's page: that of all pages, with a head for link previews and search engines."""

import re
from typing import Any

from admit import clock
from admit.aws.settings import workshop
from admit.aws.site import Site, answer
from admit.catalog.page import event_page
from admit.catalog.page_head import event_document
from admit.mail.tongue import Tongue

_EVENT = re.compile(r"/e/([a-z0-9-]+)/?")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return answer(event, lambda: workshop().site, _write)


def _write(site: Site, path: str) -> str:
    """Write the document of an address; below an event's are private ones, such as places on its list."""
    asked = _EVENT.fullmatch(path)
    if asked is None:
        return site.shell
    shop = workshop()
    catalog = shop.catalogs.by_slug(asked[1])
    event = catalog.event
    images = f"{site.api_url}/public/images/{event.id}"
    page = event_page(catalog, shop.catalogs.left(catalog), clock.now(), lambda image: f"{images}/{image}")
    return event_document(
        site.shell,
        page,
        language=event.language,
        when=Tongue(event.language).span(event.starts_at, event.ends_at, event.timezone),
        site_url=site.site_url,
        api_url=site.api_url,
    )
