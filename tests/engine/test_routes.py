"""Each route of the contract answers as it is declared to."""

from tests.builders import an_event
from tests.engine.api import Api


def test_a_page_that_has_not_changed_is_not_sent_again(api: Api) -> None:
    catalog = an_event(api.shop.table)
    page = f"/public/events/{catalog.event.slug}"
    etag = api.get(page).headers["etag"]
    same = api.get(page, headers={"If-None-Match": etag})
    assert (same.status, same.text, same.headers["etag"]) == (304, "", etag)
    assert api.get(page, headers={"If-None-Match": '"another"'}).status == 200
