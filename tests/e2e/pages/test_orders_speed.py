"""How smoothly a list of many orders is scrolled, beside an empty page in the same browser."""

from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.browsers import DESKTOP, in_context
from tests.e2e.clients import Json, Organizer, Shop, Stack, wait_for
from tests.e2e.pages.steps import be_signed_in

ORDERS = 1_200
LEAST_SHARE = 0.5
TRIES = 3
SCROLL = """() => new Promise((done, failed) => {
  const frames = []
  const next = (at) => {
    window.scrollBy(0, 160)
    if (frames.push(at) < 240) requestAnimationFrame(next)
    else if (scrollY < 10000) failed(new Error('The page does not scroll'))
    else done((frames.length - 1) / (frames.at(-1) - frames[0]) * 1000)
  }
  window.scrollTo(0, 0)
  requestAnimationFrame(next)
})"""
"""Scrolls a bit in each frame; answers how many frames a second there were."""

SLOW = """(least) => addEventListener('scroll', () => {
  for (const start = performance.now(); performance.now() - start < least;);
})"""
"""Keeps the page busy for so many milliseconds whenever it is scrolled."""

EMPTY = "() => { document.body.replaceChildren(); document.body.style.height = '90000px' }"


def many(row: Json, route: Route) -> None:
    """Answer a page of a list of many orders, all like one."""
    query = parse_qs(urlsplit(route.request.url).query)
    first, limit = int(query.get("cursor", ["0"])[0]), int(query["limit"][0])
    last = min(first + limit, ORDERS)
    items = [row | {"id": f"order{at}", "code": f"CODE{at}"} for at in range(first, last)]
    cursor = str(last) if last < ORDERS else None
    route.fulfill(json={"items": items, "cursor": cursor}, headers={"access-control-allow-origin": "*"})


def smoothest(page: Page) -> float:
    """Scroll a page more than once: whatever else the machine does only takes frames away."""
    return max(float(page.evaluate(SCROLL)) for _ in range(TRIES))


def test_a_thousand_orders_are_scrolled_smoothly(
    browser: Browser, site_url: str, stack: Stack, organizer: Organizer, shop: Shop
) -> None:
    event = organizer.publish_event()
    shop.wait(shop.place(event["slug"], "Free ticket", "free"))
    [row] = wait_for("the list", lambda: organizer.orders(event) or None)
    with in_context(browser, site_url, DESKTOP) as context:
        page = context.new_page()
        be_signed_in(page, stack, stack.users["organizer"])
        page.route(f"**/events/{event['id']}/orders?*", lambda route: many(row, route))
        page.goto(f"/work{organizer.path}/events/{event['id']}/orders")
        rows = page.get_by_test_id("order-row")
        expect(rows.first).to_be_visible()

        def all_there() -> bool | None:
            page.evaluate("scrollTo(0, document.body.scrollHeight)")
            return rows.count() == ORDERS or None

        wait_for("all orders", all_there)
        listed = smoothest(page)
        page.evaluate(EMPTY)
        best = smoothest(page)
        page.evaluate(SLOW, 3 * 1000 / best)
        slow = float(page.evaluate(SCROLL))
    print(f"\nframes a second: empty page {best:.0f}, {ORDERS} orders {listed:.0f}, made slow {slow:.0f}")
    assert slow < LEAST_SHARE * best <= listed
