"""Every page in every state that a reader may find it in, and how to get there."""

import re
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from local.seed import DISCOUNT_CODE
from tests.e2e.browsers import Device, complaints_of, in_context
from tests.e2e.clients import Json, User, new_address
from tests.e2e.pages.steps import (
    be_signed_in,
    choose,
    fill_in_buyer,
    give_code,
    place,
    sign_in_on_the_page,
    tier_card,
)
from tests.e2e.pages.world import World, order_path

EVENT = r"/public/events/[^/?]+(\?.*)?$"
QUOTE = r"/public/events/[^/]+/quote$"
ORDERS = r"/public/events/[^/]+/orders$"
ORDER = r"/public/orders/[^/?]+(/confirm)?$"
TICKET = r"/public/tickets/[^/?]+$"
TRANSFER = r"/public/transfers/[^/?]+$"
CLAIM = r"/public/claims/[^/?]+$"
WAITING = r"/public/events/[^/]+/waiting-list/[^/?]+$"
# Its fonts and images are there, and nothing moves any more.
QUIET = """async () => {
  await document.fonts.ready
  const coming = [...document.images].filter((one) => !one.complete && one.loading !== 'lazy')
  await Promise.race([
    Promise.allSettled(coming.map((one) => one.decode())),
    new Promise((go) => setTimeout(go, 10_000)),
  ])
  const running = () => document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().iterations !== Infinity && one.playState === 'running')
  await Promise.race([
    Promise.allSettled(running().map((one) => one.finished)),
    new Promise((go) => setTimeout(go, 1500)),
  ])
  await new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))
}"""

type Scheme = Literal["light", "dark"]
type Change = Callable[[Json], None]

SCHEMES: tuple[Scheme, ...] = ("light", "dark")


@dataclass(frozen=True)
class Scene:
    """A page about to be shown in a state, and what there is to show."""

    page: Page
    world: World
    language: str
    unanswered: list[Route] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(path)

    def see(self, *test_ids: str) -> None:
        for test_id in test_ids:
            expect(self.page.get_by_test_id(test_id).first).to_be_visible()

    def at(self, test_id: str) -> Locator:
        return self.page.get_by_test_id(test_id).first

    # --- answers of the API, changed on their way ---------------------------------------------------------

    def change(self, address: str, change: Change) -> None:
        """Let the page see real answers with a change."""

        def answer(route: Route) -> None:
            real = route.fetch()
            body = real.json()
            change(body)
            route.fulfill(response=real, json=body)

        self._on(address, answer)

    def refuse(self, address: str, status: int, code: str, *fields: str) -> None:
        errors = [{"field": field, "message": "This does not fit any more."} for field in fields]
        problem: Json = {
            "type": "about:blank",
            "title": code,
            "status": status,
            "detail": "Something went wrong on our side.",
            "code": code,
            "request_id": None,
            "errors": errors,
        }
        headers = {"Access-Control-Allow-Origin": "*"}
        self._on(address, lambda route: route.fulfill(status=status, json=problem, headers=headers))

    def answer(self, address: str, said: Callable[[Json], Json]) -> None:
        """Answer requests by what is in their bodies, so that nothing is done."""
        headers = {"Access-Control-Allow-Origin": "*"}
        self._on(
            address,
            lambda route: route.fulfill(json=said(route.request.post_data_json or {}), headers=headers),
        )

    def hang(self, address: str) -> None:
        """Answer nothing as long as the scene lasts."""
        self._on(address, self.unanswered.append)

    def _on(self, address: str, answer: Callable[[Route], None]) -> None:
        def unless_asked_before(route: Route) -> None:
            if route.request.method == "OPTIONS":
                route.continue_()
            else:
                answer(route)

        self.page.route(re.compile(address), unless_asked_before)

    def words(self, name: str) -> Json:
        """Return what the API says of orders in the reader's language."""
        catalog = Path("layers/common/admit/orders/messages", f"{self.language}.toml")
        said = tomllib.loads(catalog.read_text())
        return {"why": said[f"{name}_why"], "next": said.get(f"{name}_next", said["ended_next"])}


class State(NamedTuple):
    """A page and what it shows.

    `complaints` are those that the browser has of what is meant to go wrong. Answers can be changed only
    where no service worker stands between.
    """

    name: str
    show: Callable[[Scene], None]
    complaints: tuple[str, ...]
    workers: bool


GALLERY: dict[str, State] = {}


def state(
    *complaints: str, workers: bool = False
) -> Callable[[Callable[[Scene], None]], Callable[[Scene], None]]:
    """Hang a state into the gallery, under the name of the function that shows it."""

    def hang(show: Callable[[Scene], None]) -> Callable[[Scene], None]:
        name = show.__name__.replace("_", "-")
        GALLERY[name] = State(name, show, complaints, workers)
        return show

    return hang


@dataclass(frozen=True)
class Studio:
    """Where pages are looked at."""

    browser: Browser
    site_url: str
    world: World
    closing: ExitStack
    rooms: dict[tuple[Device, str], BrowserContext] = field(default_factory=dict)

    @contextmanager
    def shown(self, state: State, device: Device, language: str = "en") -> Iterator[Page]:
        """Give a page in a state, at rest.

        Raises AssertionError at the end for whatever the browser complained about.
        """
        with self._page(device, language, workers=state.workers) as page:
            complaints = complaints_of(page, state.complaints)
            scene = Scene(page, self.world, language)
            state.show(scene)
            settle(page)
            yield page
            heard = list(complaints)
            for route in scene.unanswered:
                route.abort()
            page.unroute_all(behavior="ignoreErrors")
        assert heard == [], heard

    @contextmanager
    def _page(self, device: Device, language: str, *, workers: bool) -> Iterator[Page]:
        """Give a page of a browser that knows nothing of earlier states.

        Without workers it has kept the files of the site: to load them again takes longer than to look.
        """
        if workers:
            with in_context(self.browser, self.site_url, device, language=language) as context:
                yield context.new_page()
            return
        room = (device, language)
        if room not in self.rooms:
            made = in_context(self.browser, self.site_url, device, language=language, workers=False)
            self.rooms[room] = self.closing.enter_context(made)
        with self.rooms[room].new_page() as page:
            forget(page, self.site_url)
            yield page


def forget(page: Page, site_url: str) -> None:
    """Make a browser one without a past, but for the files of a site that it has kept."""
    page.context.set_offline(False)
    page.context.clear_cookies()
    debugger = page.context.new_cdp_session(page)
    left = {"origin": site_url, "storageTypes": "local_storage,indexeddb,cache_storage"}
    debugger.send("Storage.clearDataForOrigin", left)
    debugger.detach()


def settle(page: Page) -> None:
    """Wait until nothing moves on a page any more."""
    page.evaluate(QUIET)


def picture(width: int = 1600, height: int = 900) -> bytes:
    """Draw a hall before a stage in the evening, as a JPEG."""
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        draw.line((0, y, width, y), fill=(int(16 + 60 * share), int(42 + 70 * share), int(64 + 40 * share)))
    for at in range(7):
        x = width * (at + 0.5) / 7
        draw.polygon(
            [(x, 0), (x - width / 16, height * 0.7), (x + width / 16, height * 0.7)],
            fill=(70 + 8 * at, 130, 140),
        )
    for at in range(28):
        x, r = width * at / 27, width / 50
        draw.ellipse((x - r, height * 0.86 - r, x + r, height * 0.86 + r), fill=(8, 16, 22))
        draw.rectangle((x - r, height * 0.88, x + r, height), fill=(8, 16, 22))
    file = BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def moment(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


# --- the event -------------------------------------------------------------------------------------------


def _tiers(event: Json) -> Iterator[Json]:
    for category in event["categories"]:
        yield from category["tiers"]


@state()
def start(scene: Scene) -> None:
    scene.open("/")
    scene.see("event-address")


@state()
def event_open(scene: Scene) -> None:
    scene.open(scene.world.event_path)
    scene.see("event-title", "tier")


@state()
def event_rich(scene: Scene) -> None:
    """Pictures, long texts, and every way in which a tier may be for sale or not."""

    def enrich(event: Json) -> None:
        address = f"{scene.world.stack.api_url}/public/images/{event['id']}"
        event["images"] = [f"{address}/hero"]
        event["description"] = "\n\n".join([event["description"]] + [LONG] * 4)
        free, conference, workshop, community, *others = list(_tiers(event))
        conference |= {"description": LONG, "photos": [f"{address}/pass"], "available": 12}
        conference["prices"][0] |= {"min": 2}
        workshop |= {"state": "not_yet", "sale_starts_at": moment(days=3)}
        community |= {"description": LONG, "ticket_limit_per": 2}
        free |= {"state": "ended", "sale_ends_at": moment(days=-1)}
        for other in others:
            other["description"] = LONG

    image = picture()
    scene.change(EVENT, enrich)
    scene.page.route(
        re.compile(r"/public/images/"),
        lambda route: route.fulfill(body=image, content_type="image/jpeg"),
    )
    event_open(scene)


LONG = (
    "Meals are vegetarian and made on the spot. The hall has a loop for hearing aids, its doors are wide, "
    "and there is a quiet room on the second floor. Coats and bags are kept for nothing at the entrance."
)


@state()
def event_chosen(scene: Scene) -> None:
    event_open(scene)
    choose(scene.page, "Conference pass", 2)
    choose(scene.page, "Printed proceedings")
    expect(scene.at("total")).to_have_attribute("data-pending", "false")


@state("status of 4")
def event_code_unknown(scene: Scene) -> None:
    event_open(scene)
    give_code(scene.page, "NOTHING")
    expect(scene.page.locator('[data-testid="code-input"][aria-invalid="true"]')).to_be_visible()


@state()
def event_discount(scene: Scene) -> None:
    event_open(scene)
    choose(scene.page, "Workshop seat")
    give_code(scene.page, DISCOUNT_CODE)
    scene.see("discount")


@state()
def event_locked(scene: Scene) -> None:
    def lock(event: Json) -> None:
        for number, tier in enumerate(_tiers(event)):
            tier |= {"state": "locked", "limited": number % 2 == 1}

    scene.change(EVENT, lock)
    event_open(scene)


def _sell_out(event: Json) -> None:
    for tier in _tiers(event):
        tier |= {"state": "sold_out", "available": 0, "waiting_list": True}


@state()
def event_sold_out(scene: Scene) -> None:
    scene.change(EVENT, _sell_out)
    event_open(scene)


@state()
def event_waiting_form(scene: Scene) -> None:
    event_sold_out(scene)
    scene.at("join-waiting-list").click()
    scene.see("wait-form")


@state()
def event_waiting_joined(scene: Scene) -> None:
    event_open(scene)
    tour = tier_card(scene.page, "Harbour tour")
    tour.get_by_test_id("join-waiting-list").click()
    tour.get_by_test_id("wait-name").fill("Ada Lovelace")
    tour.get_by_test_id("wait-email").fill(new_address())
    tour.get_by_test_id("wait-submit").click()
    expect(tour.get_by_test_id("waiting-link")).to_be_visible()


@state()
def event_closed(scene: Scene) -> None:
    scene.change(EVENT, lambda event: event.update(status="closed"))
    scene.open(scene.world.event_path)
    scene.see("event-closed")


@state()
def event_cancelled(scene: Scene) -> None:
    scene.change(EVENT, lambda event: event.update(status="cancelled"))
    scene.open(scene.world.event_path)
    scene.see("event-closed")


@state()
def event_empty(scene: Scene) -> None:
    scene.change(EVENT, lambda event: event.update(categories=[]))
    scene.open(scene.world.event_path)
    scene.see("no-tiers")


@state()
def event_loading(scene: Scene) -> None:
    scene.hang(EVENT)
    scene.open(scene.world.event_path)
    scene.see("loading")


@state("status of 500")
def event_failure(scene: Scene) -> None:
    scene.refuse(EVENT, 500, "internal")
    scene.open(scene.world.event_path)
    scene.see("failure")


@state()
def event_unknown(scene: Scene) -> None:
    scene.open("/e/no-such-event")
    scene.see("failure")


def _seated(scene: Scene) -> None:
    scene.open(scene.world.seated_path)
    scene.see("seat-map", "tier")


@state()
def event_seated(scene: Scene) -> None:
    _seated(scene)


@state()
def event_seats_chosen(scene: Scene) -> None:
    _seated(scene)
    scene.at("find-best").click()
    scene.see("chosen-seats")
    expect(scene.at("total")).to_have_attribute("data-pending", "false")


@state()
def event_seats_near(scene: Scene) -> None:
    event_seats_full_screen(scene)
    for _ in range(4):
        scene.at("seat-map-full").get_by_test_id("zoom-in").click()


@state()
def event_seats_full_screen(scene: Scene) -> None:
    _seated(scene)
    scene.at("seat-map-enlarge").click()
    scene.see("seat-map-full")


@state()
def event_seats_as_list(scene: Scene) -> None:
    _seated(scene)
    scene.at("show-list").click()
    scene.at("list-section").click()
    scene.at("list-row").click()
    scene.see("list-seat")


@state("status of 409")
def event_seat_taken(scene: Scene) -> None:
    """Another buyer was faster."""
    event_seats_chosen(scene)
    fill_in_buyer(scene.page)
    scene.refuse(ORDERS, 409, "seat_taken", "lines.0.seats.0")
    place(scene.page)
    scene.see("problem")


# --- the checkout ----------------------------------------------------------------------------------------


def _checkout(scene: Scene, tier: str = "Conference pass", quantity: int = 1) -> None:
    event_open(scene)
    choose(scene.page, tier, quantity)
    expect(scene.at("total")).to_have_attribute("data-pending", "false")
    fill_in_buyer(scene.page)


@state()
def checkout_filled(scene: Scene) -> None:
    _checkout(scene, quantity=2)


@state()
def checkout_free(scene: Scene) -> None:
    _checkout(scene, "Free ticket")


@state()
def checkout_approval(scene: Scene) -> None:
    _checkout(scene, "Student pass")
    scene.see("approval")


@state("status of 4")
def checkout_faults(scene: Scene) -> None:
    event_open(scene)
    choose(scene.page, "Conference pass")
    scene.at("buyer-email").fill("nobody")
    expect(scene.at("total")).to_have_attribute("data-pending", "false")
    scene.at("payment-invoice").click()
    place(scene.page)
    expect(scene.page.locator('[aria-invalid="true"]').first).to_be_visible()


@state()
def checkout_invoice(scene: Scene) -> None:
    _checkout(scene)
    scene.at("payment-invoice").click()
    scene.see("billing")


@state("status of 409")
def checkout_price_changed(scene: Scene) -> None:
    _checkout(scene)
    scene.refuse(ORDERS, 409, "price_changed")
    place(scene.page)
    scene.see("problem")


@state("status of 409")
def checkout_sold_out(scene: Scene) -> None:
    _checkout(scene)
    scene.refuse(ORDERS, 409, "sold_out", "lines.0.quantity")
    place(scene.page)
    scene.see("problem")


@state("status of 503")
def checkout_unavailable(scene: Scene) -> None:
    _checkout(scene)
    scene.refuse(ORDERS, 503, "payment_unavailable")
    place(scene.page)
    scene.see("problem")


@state("ERR_INTERNET_DISCONNECTED")
def checkout_offline(scene: Scene) -> None:
    _checkout(scene)
    scene.page.context.set_offline(True)
    settle(scene.page)


@state()
def checkout_placing(scene: Scene) -> None:
    _checkout(scene)
    scene.hang(ORDERS)
    place(scene.page)


@state()
def checkout_earlier_order(scene: Scene) -> None:
    """The buyer has come back from the pay page with his browser's button."""
    _checkout(scene)
    place(scene.page)
    scene.page.wait_for_url(f"{scene.world.stack.stripe_url}/**")
    scene.open(scene.world.event_path)
    scene.see("earlier-order")


# --- the order -------------------------------------------------------------------------------------------


def _order(scene: Scene, order: Json, status: str, query: str = "") -> None:
    scene.open(order_path(order).replace("#", f"{query}#"))
    expect(scene.at("order-status")).to_have_attribute("data-status", status)


@state()
def order_awaiting_approval(scene: Scene) -> None:
    _order(scene, scene.world.approval_order, "awaiting_approval")


@state()
def order_awaiting_payment(scene: Scene) -> None:
    _hold(scene)
    _order(scene, scene.world.card_order, "awaiting_payment")


def _hold(scene: Scene, *changes: Change) -> None:
    """Let the tickets of the order by card be held for nine minutes from now."""

    def change(order: Json) -> None:
        order["hold_expires_at"] = order["explanation"]["until"] = moment(minutes=9)
        for one in changes:
            one(order)

    scene.change(ORDER, change)


@state()
def order_payment_failed(scene: Scene) -> None:
    def fail(order: Json) -> None:
        order["timeline"].append({"at": moment(), "actor": "system", "what": "payment failed"})

    _hold(scene, fail)
    _order(scene, scene.world.card_order, "awaiting_payment")
    scene.see("checkout-failed")


@state()
def order_left_pay_page(scene: Scene) -> None:
    _hold(scene)
    _order(scene, scene.world.card_order, "awaiting_payment", "?checkout=cancelled")
    scene.see("checkout-cancelled")


@state()
def order_paid_just_now(scene: Scene) -> None:
    confirmed = scene.words("processing") | {"who": "nobody"}
    _hold(scene, lambda order: order["explanation"].update(confirmed))
    _order(scene, scene.world.card_order, "awaiting_payment", "?checkout=done")
    scene.see("checkout-done")


@state()
def order_processing(scene: Scene) -> None:
    def process(order: Json) -> None:
        order["explanation"] |= scene.words("processing") | {"who": "nobody", "until": None}

    scene.change(ORDER, process)
    _order(scene, scene.world.card_order, "awaiting_payment")


@state()
def order_invoice(scene: Scene) -> None:
    _order(scene, scene.world.invoice_order, "awaiting_payment")


@state()
def order_overdue(scene: Scene) -> None:
    def be_late(order: Json) -> None:
        order |= {"due_at": moment(days=-2), "attention": ["invoice_overdue"]}
        order["explanation"] |= scene.words("overdue") | {"who": "buyer", "until": moment(days=5)}

    scene.change(ORDER, be_late)
    _order(scene, scene.world.invoice_order, "awaiting_payment")


@state()
def order_settled(scene: Scene) -> None:
    def make(order: Json) -> None:
        order |= {"status": "settled", "tickets": []}
        order["explanation"] |= scene.words("settled") | {"who": "system", "until": None}

    scene.change(ORDER, make)
    _order(scene, scene.world.free_order, "settled")


@state()
def order_fulfilled(scene: Scene) -> None:
    _order(scene, scene.world.free_order, "fulfilled")
    _wait_for_codes(scene.page)


@state()
def order_paid(scene: Scene) -> None:
    _order(scene, scene.world.paid_order, "fulfilled")
    _wait_for_codes(scene.page)


@state()
def order_print(scene: Scene) -> None:
    scene.open(order_path(scene.world.free_order).replace("#", "/print#"))
    scene.see("printed-ticket")


def _wait_for_codes(page: Page) -> None:
    expect(page.get_by_test_id("qr").first).to_be_visible()


@state()
def order_assign_dialog(scene: Scene) -> None:
    order_fulfilled(scene)
    scene.page.get_by_test_id("assign").nth(1).click()
    scene.see("holder-form")


@state()
def order_assignments(scene: Scene) -> None:
    """All ways to give many tickets away, unfolded."""
    order_fulfilled(scene)
    for summary in scene.at("assignments").locator("summary").all():
        summary.click()


@state()
def order_cancel_dialog(scene: Scene) -> None:
    order_paid(scene)
    scene.at("cancel").click()
    scene.see("cancel-dialog")


def _end(scene: Scene, status: str) -> None:
    def end(order: Json) -> None:
        order |= {"status": status}
        order["explanation"] |= scene.words(status) | {"who": "nobody", "until": None}
        order["timeline"][-1]["what"] = status

    scene.change(ORDER, end)
    _order(scene, scene.world.cancelled_order, status)


@state()
def order_declined(scene: Scene) -> None:
    _end(scene, "declined")


@state()
def order_expired(scene: Scene) -> None:
    _end(scene, "expired")


@state()
def order_cancelled(scene: Scene) -> None:
    _order(scene, scene.world.cancelled_order, "cancelled")


@state()
def order_refunded(scene: Scene) -> None:
    _order(scene, scene.world.refunded_order, "cancelled")
    scene.see("refund")


@state()
def order_loading(scene: Scene) -> None:
    scene.hang(ORDER)
    scene.open(order_path(scene.world.free_order))
    scene.see("loading")


@state("status of 40")
def order_unknown(scene: Scene) -> None:
    scene.open(f"/orders/{scene.world.free_order['id']}#key=none")
    scene.see("failure")


# --- the ticket ------------------------------------------------------------------------------------------


def _ticket(scene: Scene, change: Change | None = None) -> None:
    if change:
        scene.change(TICKET, change)
    scene.open(scene.world.ticket_path)
    scene.see("ticket-page")


@state()
def ticket_valid(scene: Scene) -> None:
    _ticket(scene)
    _wait_for_codes(scene.page)


@state()
def ticket_rich(scene: Scene) -> None:
    """A seat, perks of each kind, wallets."""

    def enrich(ticket: Json) -> None:
        ticket |= {
            "seat": "Stalls, row 12, seat 7",
            "apple_pass_url": ticket["calendar_url"],
            "google_pass_url": ticket["calendar_url"],
            "grants": [
                {
                    "number": 1,
                    "title": "Lunch",
                    "provider": "voucher",
                    "state": "claimed",
                    "reference": "L-7",
                },
                {"number": 2, "title": "Boat", "provider": "product", "state": "pending", "reference": None},
            ],
        }

    _ticket(scene, enrich)
    _wait_for_codes(scene.page)


@state()
def ticket_about(scene: Scene) -> None:
    ticket_valid(scene)
    scene.at("edit-about").click()
    scene.see("holder-form")


@state()
def ticket_in_transfer(scene: Scene) -> None:
    offer = {"to": "grace@example.com", "until": moment(days=7)}
    _ticket(scene, lambda ticket: ticket.update(transfer=offer, qr_url=None))
    scene.see("in-transfer")


@state()
def ticket_suspended(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(status="suspended", qr_url=None))
    scene.see("ticket-invalid")


@state()
def ticket_cancelled(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(status="cancelled", qr_url=None))
    scene.see("ticket-invalid")


@state()
def ticket_admitted(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(admission="in"))
    scene.see("admitted")


@state()
def ticket_being_drawn(scene: Scene) -> None:
    _ticket(scene, lambda ticket: ticket.update(images="drawing", qr_url=None))


@state("ERR_INTERNET_DISCONNECTED", workers=True)
def ticket_offline(scene: Scene) -> None:
    """Opened again where there is no network."""
    ticket_valid(scene)
    scene.page.evaluate("() => navigator.serviceWorker.ready.then(() => {})")
    scene.page.reload()
    _wait_for_codes(scene.page)
    scene.page.context.set_offline(True)
    scene.page.reload()
    _wait_for_codes(scene.page)


@state()
def ticket_full_screen(scene: Scene) -> None:
    ticket_valid(scene)
    scene.at("show-code").click()
    scene.see("code-screen")


@state()
def ticket_loading(scene: Scene) -> None:
    scene.hang(TICKET)
    scene.open(scene.world.ticket_path)
    scene.see("loading")


@state("status of 40")
def ticket_unknown(scene: Scene) -> None:
    scene.open(re.sub("#.*", "#key=none", scene.world.ticket_path))
    scene.see("failure")


# --- what is passed on -----------------------------------------------------------------------------------


@state()
def transfer_open(scene: Scene) -> None:
    scene.open(scene.world.transfer_path)
    scene.see("transfer-note", "holder-form")


@state()
def transfer_ended(scene: Scene) -> None:
    ended = {"status": "cancelled", "ended_at": moment(hours=-1)}
    scene.change(TRANSFER, lambda offer: offer.update(ended))
    scene.open(scene.world.transfer_path)
    expect(scene.at("transfer")).to_have_attribute("data-status", "cancelled")


@state()
def transfer_declined(scene: Scene) -> None:
    ended = {"status": "declined", "ended_at": moment(hours=-1)}
    scene.change(TRANSFER, lambda offer: offer.update(ended))
    scene.open(scene.world.transfer_path)
    expect(scene.at("transfer")).to_have_attribute("data-status", "declined")


@state()
def claim_open(scene: Scene) -> None:
    scene.open(scene.world.claim_path)
    scene.see("holder-form")


@state()
def claim_of_a_company(scene: Scene) -> None:
    scene.change(CLAIM, lambda link: link.update(domains=["fjord.example", "polar.example"]))
    claim_open(scene)


@state()
def claim_ended(scene: Scene) -> None:
    scene.change(CLAIM, lambda link: link.update(open=False, left=0))
    scene.open(scene.world.claim_path)
    scene.see("claim-ended")


# --- the waiting list ------------------------------------------------------------------------------------


def _waiting(scene: Scene, path: str, status: str) -> None:
    scene.open(path)
    expect(scene.at("waiting-status")).to_have_attribute("data-status", status)


@state()
def waiting_waiting(scene: Scene) -> None:
    _waiting(scene, scene.world.waiting_path, "waiting")


@state()
def waiting_offered(scene: Scene) -> None:
    _waiting(scene, scene.world.offer_path, "offered")
    scene.see("offer-total")


@state()
def waiting_refused(scene: Scene) -> None:
    scene.change(WAITING, lambda place: place.update(status="refused"))
    _waiting(scene, scene.world.waiting_path, "refused")


@state()
def waiting_expired(scene: Scene) -> None:
    scene.change(WAITING, lambda place: place.update(status="expired"))
    _waiting(scene, scene.world.waiting_path, "expired")


# --- my tickets ------------------------------------------------------------------------------------------


def sign_in(page: Page, user: User) -> None:
    page.goto("/my")
    sign_in_on_the_page(page, user.email, user.password)
    expect(page.get_by_test_id("account-email")).to_contain_text(user.email)


@state()
def my_signed_out(scene: Scene) -> None:
    scene.open("/my")
    scene.see("signed-out")


@state()
def my_empty(scene: Scene) -> None:
    sign_in(scene.page, scene.world.newcomer)
    scene.see("no-tickets")


@state()
def my_full(scene: Scene) -> None:
    sign_in(scene.page, scene.world.regular)
    scene.see("my-ticket", "offer")


@state()
def my_orders(scene: Scene) -> None:
    my_full(scene)
    scene.page.locator('a[href="/my/orders"]').first.click()
    scene.see("my-order")


@state()
def my_pass_on_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("pass-on").click()
    scene.see("pass-on-dialog")


@state()
def my_name_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("name-holder").click()
    scene.see("name-dialog")


@state()
def my_history_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("history").click()
    scene.see("history-entry")


@state()
def my_accept_dialog(scene: Scene) -> None:
    my_full(scene)
    scene.at("accept").click()
    scene.see("accept-dialog")


@state()
def sign_in_denied(scene: Scene) -> None:
    scene.open("/sign-in?error=access_denied&state=none")
    expect(scene.page.get_by_role("heading").first).to_be_visible()


# --- the rest --------------------------------------------------------------------------------------------


@state()
def lost_links(scene: Scene) -> None:
    scene.open("/lost-links")
    scene.see("lost-email")


@state()
def lost_links_sent(scene: Scene) -> None:
    lost_links(scene)
    scene.at("lost-email").fill(new_address())
    scene.at("send-links").click()
    scene.see("links-sent")


@state("Not found")
def no_such_page(scene: Scene) -> None:
    scene.open("/no/such/page")
    expect(scene.page.get_by_role("heading").first).to_be_visible()


# --- the portal -------------------------------------------------------------------------------------------


def at_the_desk(scene: Scene, part: str) -> None:
    user, company = scene.world.desk
    be_signed_in(scene.page, scene.world.stack, user)
    scene.open(f"/work/companies/{company['id']}/{part}")


@state()
def portal_tickets(scene: Scene) -> None:
    at_the_desk(scene, "tickets")
    scene.see("event-counts", "portal-ticket")
    scene.page.get_by_test_id("choose-ticket").nth(3).click()
    scene.see("chosen-bar")


@state()
def portal_take_back_dialog(scene: Scene) -> None:
    at_the_desk(scene, "tickets?state=distributed")
    scene.at("choose-ticket").click()
    scene.at("take-back").click()
    scene.see("take-back-dialog")


@state()
def portal_cart(scene: Scene) -> None:
    at_the_desk(scene, "cart")
    scene.see("guest")
    expect(scene.at("shelf").get_by_test_id("portal-ticket").first).to_be_visible()


@state()
def portal_guest_picker(scene: Scene) -> None:
    portal_cart(scene)
    scene.at("add-guest").click()
    scene.see("pick-contact")


@state()
def portal_review(scene: Scene) -> None:
    portal_cart(scene)
    scene.at("to-review").click()
    scene.see("review-guest")


@state()
def portal_contacts(scene: Scene) -> None:
    at_the_desk(scene, "contacts")
    scene.see("contact")


@state()
def portal_contact_panel(scene: Scene) -> None:
    portal_contacts(scene)
    scene.at("contact").first.click()
    scene.see("contact-form")


@state()
def portal_allotments(scene: Scene) -> None:
    at_the_desk(scene, "allotments")
    scene.see("allotment")


@state()
def portal_links_empty(scene: Scene) -> None:
    at_the_desk(scene, "links")
    scene.see("no-links")


@state()
def portal_relays(scene: Scene) -> None:
    at_the_desk(scene, "relays")
    scene.see("relay")


@state()
def portal_log(scene: Scene) -> None:
    at_the_desk(scene, "log")
    scene.see("log-entry")
