"""Many card orders at once, while Stripe's news of them come twice, in any order or not at all.

ADMIT_RUSH_ORDERS says how many; `make rush` takes a thousand. When it is quiet again, what Stripe holds, the
ledger and the summary agree to the last cent, and whoever has paid has tickets.
"""

import os
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import cycle, islice

from tests.e2e.clients import Json, Organizer, PayPage, Schedules, Shop, wait_for

ORDERS = int(os.environ.get("ADMIT_RUSH_ORDERS", "60"))
PATIENCE_SECONDS = 240 + ORDERS
PRICE = 4900
# Reconciliation leaves what is younger than two minutes to the next time: let Stripe's clock be behind.
BEHIND_SECONDS = -150


class Fate(StrEnum):
    PAID = "paid"
    DECLINED_FIRST = "declined first"
    UNHEARD = "paid, and no webhook of it comes"
    TWICE = "paid twice"
    REFUNDED = "refunded"
    REFUNDED_UNHEARD = "refunded at Stripe, and no webhook of it comes"
    LEFT = "never paid"
    LATE = "paid after its end"

    @property
    def ends_soon(self) -> bool:
        """Whether its hold runs out."""
        return self in (Fate.LEFT, Fate.LATE)

    @property
    def has_lost_page(self) -> bool:
        """Whether it has a payment page that nobody was shown when it was made."""
        return self in (Fate.TWICE, Fate.LATE)

    @property
    def keeps_money(self) -> bool:
        return self not in (Fate.LEFT, Fate.REFUNDED, Fate.REFUNDED_UNHEARD)


FATES = [
    *(Fate.LEFT, Fate.LATE, Fate.TWICE, Fate.REFUNDED, Fate.REFUNDED_UNHEARD, Fate.DECLINED_FIRST),
    *(Fate.UNHEARD, Fate.UNHEARD, Fate.PAID, Fate.PAID, Fate.PAID, Fate.PAID),
]


@dataclass
class Placed:
    fate: Fate
    event: Json
    quantity: int
    key: str = field(default_factory=lambda: uuid.uuid4().hex)
    order: Json = field(default_factory=dict)
    lost_page: str = ""

    @property
    def kept(self) -> int:
        return PRICE * self.quantity if self.fate.keeps_money else 0


@dataclass(frozen=True)
class Rush:
    """Eight buyers at a time, and an organizer."""

    shop: Shop
    organizer: Organizer
    pay_page: PayPage
    schedules: Schedules

    def at_once[T](self, do: Callable[[Placed], T], orders: Iterable[Placed]) -> list[T]:
        with ThreadPoolExecutor(8) as threads:
            return list(threads.map(do, orders))

    def place(self, one: Placed) -> None:
        """Ask for the order; an answer that Stripe is away leaves it to be asked for again."""
        body = self.shop.order_body(
            one.event["slug"],
            "Regular",
            "card",
            one.quantity,
            buyer={"email": f"{one.key}@example.com", "name": "Ada Lovelace"},
        )
        answer = self.shop.send(one.event["slug"], body, one.key)
        assert answer.status_code in (201, 503), answer.text
        one.order = answer.json() if answer.is_success else {}

    def place_with_lost_pages(self, orders: list[Placed]) -> None:
        """Place orders whose first page is made and never shown."""
        self.pay_page.set(break_requests=len(orders), only="POST /v1/checkout/sessions")
        self.at_once(self.place, orders)
        assert {bool(one.order) for one in orders} == {False}
        self.at_once(self.place, orders)
        pages: dict[str, list[str]] = {}
        for page in self.pay_page.all("checkout/sessions"):
            pages.setdefault(page["client_reference_id"], []).append(page["url"])
        for one in orders:
            [one.lost_page] = [url for url in pages[one.order["id"]] if url != one.order["checkout_url"]]

    def buy(self, one: Placed) -> None:
        """Place an order, unless it is, and pay it as its fate says."""
        if not one.order:
            self.place(one)
        if one.fate is Fate.DECLINED_FIRST:
            assert self.pay_page.press(one.order["checkout_url"], "decline").status_code == 200
        self.pay_page.pay(one.order)

    def pay_lost_page(self, one: Placed) -> None:
        assert self.pay_page.press(one.lost_page, "pay").status_code == 303

    def refund(self, one: Placed) -> None:
        self.organizer.refund(one.event, one.order)

    def refund_at_stripe(self, one: Placed) -> None:
        self.pay_page.tell("refunds", payment_intent=self.pay_page.payment(one.event, one.order))

    @contextmanager
    def disorder(self) -> Iterator[None]:
        """Let all news of a while come at its end, each three times and the last first."""
        self.pay_page.set(duplicate=2, reorder=10 * ORDERS)
        yield
        self.pay_page.set(duplicate=0, reorder=0)

    def wait_until(self, event: Json, status: str, orders: int, *, sweeping: bool = False) -> None:
        """Wait until the summary counts so many orders of a status; `sweeping` hurries what is due."""

        def counted() -> bool | None:
            if sweeping:
                self.schedules.begin("settle", "sweep")
            rows = self.organizer.summary(event)["by"]
            return sum(row["orders"] for row in rows if row["status"] == status) == orders or None

        wait_for(f"{orders} orders to be {status}", counted, PATIENCE_SECONDS)


def test_after_a_rush_everything_agrees_to_the_last_cent(
    shop: Shop, organizer: Organizer, pay_page: PayPage, schedules: Schedules
) -> None:
    rush = Rush(shop, organizer, pay_page, schedules)
    calm, brief = [organizer.publish_event(hold_minutes=minutes) for minutes in (600, 1)]
    orders = [
        Placed(fate, brief if fate.ends_soon else calm, 1 + at % 3)
        for at, fate in enumerate(islice(cycle(FATES), ORDERS))
    ]
    begun, seen_before = time.time(), len(pay_page.deliveries())
    pay_page.set(clock_seconds=BEHIND_SECONDS)

    rush.place_with_lost_pages([one for one in orders if one.fate.has_lost_page])
    left = [one for one in orders if one.fate is Fate.LEFT]
    rush.at_once(rush.place, left)
    pay_page.set(drop=True)
    unheard = [one for one in orders if one.fate is Fate.UNHEARD]
    rush.at_once(rush.buy, unheard)
    pay_page.set(drop=False)
    heard = [one for one in orders if not one.fate.ends_soon and one.fate is not Fate.UNHEARD]
    with rush.disorder():
        rush.at_once(rush.buy, heard)
    rush.wait_until(calm, "fulfilled", len(heard))

    with rush.disorder():
        rush.at_once(rush.pay_lost_page, [one for one in orders if one.fate is Fate.TWICE])
        rush.at_once(rush.refund, [one for one in orders if one.fate is Fate.REFUNDED])
    pay_page.set(drop=True)
    rush.at_once(rush.refund_at_stripe, [one for one in orders if one.fate is Fate.REFUNDED_UNHEARD])
    pay_page.set(drop=False)
    late = [one for one in orders if one.fate is Fate.LATE]
    rush.wait_until(brief, "expired", len(left + late), sweeping=True)
    with rush.disorder():
        rush.at_once(rush.pay_lost_page, late)
    rush.wait_until(brief, "fulfilled", len(late))

    _wait_for_deliveries(pay_page)
    told = _reconcile(schedules)
    rush.wait_until(calm, "fulfilled", len(heard + unheard))
    again = _reconcile(schedules)
    differences = schedules.said("jobs", "reconciliation difference", begun)
    assert (told["differences"], again["differences"]) == (0, 0), differences

    for event in (calm, brief):
        _require_agreement(organizer, pay_page, event, orders)
    rush.at_once(lambda one: _require_tickets(shop, one), orders)
    _require_no_drift(schedules, calm, brief)
    sent = Counter(one["state"] for one in pay_page.deliveries()[seen_before:])
    print(
        f"\n{ORDERS} orders in {(time.time() - begun) / 60:.1f} minutes; webhooks: {dict(sent)}; "
        f"fates: {dict(Counter(one.fate.value for one in orders))}; reconciliation: {told}"
    )


def _reconcile(schedules: Schedules) -> Json:
    """Let Stripe and the ledger be compared up to now, span by span, and return the sums of all counts."""
    counts: Counter[str] = Counter()
    present = datetime.now(UTC) - timedelta(minutes=2, seconds=1)
    until = datetime.min.replace(tzinfo=UTC)
    while until < present:
        told = schedules.begin("jobs", "reconcile")
        until = datetime.fromisoformat(told.pop("until"))
        counts.update({name: count for name, count in told.items() if isinstance(count, int)})
    return dict(counts)


def _wait_for_deliveries(pay_page: PayPage) -> None:
    def quiet() -> bool | None:
        return "waiting" not in {one["state"] for one in pay_page.deliveries()} or None

    wait_for("every webhook to be taken", quiet, PATIENCE_SECONDS)


def _require_agreement(organizer: Organizer, pay_page: PayPage, event: Json, orders: list[Placed]) -> None:
    """Wait for the stream and compare Stripe, ledger and summary, order by order and as a whole."""
    kept = Counter({one.order["id"]: one.kept for one in orders if one.event is event})
    held: Counter[str] = Counter()
    for charge in pay_page.charges(event):
        held[charge["metadata"]["order_id"]] += charge["amount_captured"] - charge["amount_refunded"]
    assert held == kept

    def told() -> Json:
        summary = organizer.summary(event)
        return {name: summary[name]["amount"] for name in ("paid", "unallocated")} | {
            "held": summary["received"]["amount"] - summary["refunded"]["amount"],
            "attention": summary["attention"],
        }

    right = {"paid": kept.total(), "unallocated": 0, "held": kept.total(), "attention": []}
    wait_for("the summary", lambda: told() == right or None)
    ledger: Counter[str] = Counter()
    for row in organizer.ledger(event):
        ledger[row["order_id"]] += row["amount"]["amount"] * (
            (row["debit"] == "stripe") - (row["credit"] == "stripe")
        )
    assert ledger == kept


def _require_tickets(shop: Shop, one: Placed) -> None:
    """Who has paid has tickets; they stay when the money goes back, until somebody cancels them."""
    seen = shop.look(one.order)
    tickets = 0 if one.fate is Fate.LEFT else one.quantity
    assert (one.fate, seen["paid"]["amount"], len(seen["tickets"])) == (one.fate, one.kept, tickets)
    assert seen["attention"] == []


def _require_no_drift(schedules: Schedules, *events: Json) -> None:
    since = time.time()
    schedules.begin("jobs", "audit")

    def counted() -> bool | None:
        found = {line["event_id"] for line in schedules.said("jobs", "no stock drift", since)}
        return found >= {event["id"] for event in events} or None

    wait_for("the audit to find no drift", counted, PATIENCE_SECONDS)
